-- What a person is and may do in a store: {"roles": [...], "permissions": ["app.codename", ...]}.
-- A role's permissions are those of the group that bears its name; what two roles may stands twice.
-- Role by role: a plan for any number of roles reads all permissions there are.
CREATE OR REPLACE FUNCTION rights_in(p_user bigint, p_store bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_roles text[] := ARRAY(
        SELECT m.role FROM stores_membership m WHERE m.user_id = p_user AND m.store_id = p_store
    );
    v_role text;
    v_permissions text[] := '{}';
BEGIN
    FOREACH v_role IN ARRAY v_roles LOOP
        v_permissions := v_permissions || ARRAY(
            SELECT t.app_label || '.' || p.codename
            FROM auth_group g
            JOIN auth_group_permissions gp ON gp.group_id = g.id
            JOIN auth_permission p ON p.id = gp.permission_id
            JOIN django_content_type t ON t.id = p.content_type_id
            WHERE g.name = v_role
        );
    END LOOP;
    RETURN jsonb_build_object('roles', v_roles, 'permissions', v_permissions);
END
$$;
