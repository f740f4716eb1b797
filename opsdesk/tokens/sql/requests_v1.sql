-- What every request of a program asks, planned once per connection.

-- The token of a digest with its person, their store and what they may do there, and how many
-- requests it has made in this minute, this one included. No row: nobody has such a token.
-- `counted` is NULL for a token that opens nothing, and where the minute's requests are used up.
-- Every web process counts in the same row, and losing Redis loses no limit. The row is taken over
-- by each new minute, and a clock that runs late counts for the newest one.
CREATE OR REPLACE FUNCTION admit_request(p_digest text, p_at timestamptz, p_minute timestamptz)
RETURNS TABLE (
    token tokens_apitoken, person stores_user, store stores_store, rights jsonb, counted integer
)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT t.* INTO token FROM tokens_apitoken t WHERE t.digest = p_digest;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT u.* INTO person FROM stores_user u WHERE u.id = token.user_id;
    SELECT s.* INTO store FROM stores_store s WHERE s.id = token.store_id;
    rights := rights_in(token.user_id, token.store_id);
    IF token.revoked_at IS NULL AND token.expires_at > p_at
       AND person.is_active AND store.is_active AND rights -> 'roles' <> '[]' THEN
        INSERT INTO tokens_requestcount AS kept (token_id, minute, requests)
        VALUES (token.id, p_minute, 1)
        ON CONFLICT (token_id) DO UPDATE SET
            requests = CASE WHEN kept.minute < EXCLUDED.minute THEN 1 ELSE kept.requests + 1 END,
            minute = greatest(kept.minute, EXCLUDED.minute)
        WHERE kept.minute < EXCLUDED.minute OR kept.requests < token.requests_per_minute
        RETURNING kept.requests INTO counted;
    END IF;
    RETURN NEXT;
END
$$;

-- Whether the transaction holds this key now, until it ends, and what was answered to it before.
-- Does not wait. The answer is looked for once the key is held: it is the newest there is.
CREATE OR REPLACE FUNCTION hold_key(p_family uuid, p_key text)
RETURNS TABLE (
    is_held boolean, kept_fingerprint text, kept_status integer, kept_location text, kept_body text
)
LANGUAGE plpgsql AS $$
BEGIN
    is_held := pg_try_advisory_xact_lock(hashtextextended(p_family || ':' || p_key, 0));
    IF is_held THEN
        SELECT k.fingerprint, k.status, k.location, k.body
        INTO kept_fingerprint, kept_status, kept_location, kept_body
        FROM tokens_keptanswer k
        WHERE k.family = p_family AND k.key = p_key;
    END IF;
    RETURN NEXT;
END
$$;

-- What a request with this key was answered is on record.
CREATE OR REPLACE FUNCTION keep_answer(
    p_token bigint, p_family uuid, p_key text, p_fingerprint text, p_status integer,
    p_location text, p_body text, p_at timestamptz
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tokens_keptanswer
        (token_id, family, key, fingerprint, status, location, body, created_at)
    VALUES (p_token, p_family, p_key, p_fingerprint, p_status, p_location, p_body, p_at);
END
$$;
