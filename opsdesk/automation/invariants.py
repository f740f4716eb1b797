"""What always holds of rules, their runs and tags."""

from opsdesk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "automation.run-has-its-effects",
        "A run of a rule that acted has one effect for each action of its version; one that was "
        "stopped has none.",
        """
        SELECT f.id, f.outcome, count(e.id) AS effects, jsonb_array_length(v.actions) AS actions
        FROM automation_firing f
        JOIN automation_ruleversion v ON v.id = f.version_id
        LEFT JOIN automation_firingeffect e ON e.firing_id = f.id
        GROUP BY f.id, v.id
        HAVING count(e.id) <> CASE WHEN f.outcome = 'stopped' THEN 0
                                   ELSE jsonb_array_length(v.actions) END
        """,
    ),
    Invariant(
        "automation.run-of-its-rule",
        "A run names a version of its own rule, and acted on nothing that it led to itself.",
        """
        SELECT f.id, f.rule_id, v.rule_id AS of_version, f.chain
        FROM automation_firing f JOIN automation_ruleversion v ON v.id = f.version_id
        WHERE v.rule_id <> f.rule_id OR f.outcome <> 'stopped' AND f.rule_id = ANY (f.chain)
        """,
    ),
    Invariant(
        "automation.rule-has-its-version",
        "The version that counts of a rule is there, and is its last.",
        """
        SELECT r.id, r.name, r.version, max(v.number) AS last
        FROM automation_rule r LEFT JOIN automation_ruleversion v ON v.rule_id = r.id
        GROUP BY r.id
        HAVING max(v.number) IS DISTINCT FROM r.version
        """,
    ),
    Invariant(
        "automation.tag-by-its-own-store",
        "A tag that a rule put is of the rule's store.",
        """
        SELECT t.id, t.store_id, r.store_id AS of_rule
        FROM automation_tag t
        JOIN automation_firing f ON f.id = t.firing_id
        JOIN automation_rule r ON r.id = f.rule_id
        WHERE r.store_id <> t.store_id
        """,
    ),
)
