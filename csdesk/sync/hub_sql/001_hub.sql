-- The hub's first schema. Run as the owner role; @owner@, @agent@ and @lead@ are this hub's group roles.
-- Agents get INSERT on op and what the views and functions below give, nothing else: every function runs as
-- the owner, with a fixed search_path, and asks session_user, which a login cannot change.

CREATE TABLE csdesk.hub(key text PRIMARY KEY, value text NOT NULL);

-- Logins that were made and not used yet: the first desk that comes with one is its desk.
CREATE TABLE csdesk.invited(
  role name PRIMARY KEY,
  agent text NOT NULL CHECK (length(agent) BETWEEN 1 AND 200),
  rank text NOT NULL CHECK (rank IN ('agent', 'lead')),
  scope int NOT NULL CHECK (scope >= 0),
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row a desk (one store). Hot: head moves with each push, so the row leaves room beside it (HOT updates).
CREATE TABLE csdesk.desk(
  desk int PRIMARY KEY CHECK (desk > 0),
  role name,
  agent text NOT NULL,
  rank text NOT NULL,
  scope int NOT NULL,
  head bigint NOT NULL DEFAULT 0,
  tip bytea NOT NULL DEFAULT decode(repeat('00', 16), 'hex'),
  inc int NOT NULL DEFAULT 0,
  at timestamptz,
  enrolled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  fenced_at timestamptz,
  retired_at timestamptz
) WITH (fillfactor = 50);
CREATE INDEX desk_role ON csdesk.desk(role);

-- Whose operations of which scope a login may read. A scope once left may still be written to: what was done
-- offline in it has to arrive.
CREATE TABLE csdesk.member(role name, scope int CHECK (scope > 0), left_at timestamptz, PRIMARY KEY(role, scope));

-- The log of all desks: each column as csdesk/store/log.py has it. The hub never reads a body.
CREATE TABLE csdesk.op(
  desk int NOT NULL,
  dseq bigint NOT NULL,
  hlc bigint NOT NULL,
  kind smallint NOT NULL,
  ver smallint NOT NULL,
  scope int NOT NULL,
  ent bytea NOT NULL,
  arg bigint,
  body text NOT NULL,
  sum bytea NOT NULL,
  PRIMARY KEY(desk, dseq),
  CONSTRAINT op_shape CHECK (
    dseq > 0 AND hlc > 0 AND kind > 0 AND ver > 0 AND scope >= 0 AND octet_length(ent) = 16
    AND octet_length(sum) = 16 AND octet_length(body) <= 4194304 AND (arg IS NULL OR arg BETWEEN 0 AND 2147483647))
);

-- First commit wins: who made the epoch-th change of ownership of a thing.
CREATE TABLE csdesk.claim(
  ent bytea, epoch bigint, desk int NOT NULL, dseq bigint NOT NULL, scope int NOT NULL, PRIMARY KEY(ent, epoch)
);
CREATE INDEX claim_dot ON csdesk.claim(desk, dseq);

-- What a desk pushed that only a lead's desk may do: kept, so that its queue flows, and void everywhere.
CREATE TABLE csdesk.denied(desk int, dseq bigint, PRIMARY KEY(desk, dseq));

-- Who pushed what, when, from where: the audit trail.
CREATE TABLE csdesk.push(
  desk int NOT NULL, first bigint NOT NULL, last bigint NOT NULL, role name NOT NULL DEFAULT session_user,
  at timestamptz NOT NULL DEFAULT clock_timestamp(), address inet DEFAULT inet_client_addr()
);
CREATE INDEX push_desk ON csdesk.push(desk, first);

-- How far each desk has what each other wrote: what all have may be folded.
CREATE TABLE csdesk.acked(
  desk int, of int, dseq bigint NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY(desk, of)
);

CREATE TABLE csdesk.inbox_lease(
  inbox bytea PRIMARY KEY CHECK (octet_length(inbox) = 16), desk int NOT NULL, until timestamptz NOT NULL
);

-- Who is there, and at what: worth nothing after a restart.
CREATE UNLOGGED TABLE csdesk.present(
  desk int PRIMARY KEY, at timestamptz NOT NULL, body text NOT NULL CHECK (octet_length(body) <= 4096)
) WITH (fillfactor = 50);

CREATE FUNCTION csdesk.setting(name text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$ SELECT value FROM csdesk.hub WHERE key = name $$;

-- The timeline changes when the server is another one (a restore elsewhere) or went another way (a promotion).
CREATE FUNCTION csdesk.timeline() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE base bigint := csdesk.setting('timeline')::bigint;
BEGIN
  RETURN base # (SELECT system_identifier FROM pg_control_system())
    # (('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint << 24);
EXCEPTION WHEN insufficient_privilege OR undefined_function OR object_not_in_prerequisite_state THEN
  RETURN base;
END $$;

-- Raises CS003 unless the desk is the caller's and was neither fenced nor retired.
CREATE FUNCTION csdesk.need_own(whose int) RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM FROM csdesk.desk k
   WHERE k.desk = whose AND k.role = session_user AND k.fenced_at IS NULL AND k.retired_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not your desk' USING ERRCODE = 'CS003';
  END IF;
END $$;

-- What an invited login does once: its store's number is registered, and is nobody else's for ever (23505).
CREATE FUNCTION csdesk.join_as(number int) RETURNS TABLE(agent text, rank text, scope int)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE i csdesk.invited;
BEGIN
  DELETE FROM csdesk.invited v WHERE v.role = session_user RETURNING * INTO i;
  IF NOT FOUND THEN
    -- The same desk again: it was killed before it could note that it had joined.
    RETURN QUERY SELECT k.agent, k.rank, k.scope FROM csdesk.desk k WHERE k.role = session_user AND k.desk = number;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'not invited' USING ERRCODE = 'CS003';
    END IF;
    RETURN;
  END IF;
  INSERT INTO csdesk.desk(desk, role, agent, rank, scope) VALUES (number, i.role, i.agent, i.rank, i.scope);
  RETURN QUERY SELECT i.agent, i.rank, i.scope;
END $$;

-- The first word of a session: from now on older sessions of the same desk are refused (CS004).
CREATE FUNCTION csdesk.hello(whose int, speaks int)
  RETURNS TABLE(head bigint, tip bytea, inc int, now_ms float8, timeline bigint, protocol int)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF speaks IS NULL OR speaks < csdesk.setting('protocol_min')::int THEN
    RAISE EXCEPTION 'csdesk is too old for this hub' USING ERRCODE = 'CS005';
  END IF;
  PERFORM csdesk.need_own(whose);
  RETURN QUERY
    UPDATE csdesk.desk k SET inc = k.inc + 1, at = clock_timestamp() WHERE k.desk = whose
    RETURNING k.head, k.tip, k.inc, extract(epoch FROM clock_timestamp())::float8 * 1000, csdesk.timeline(),
      least(speaks, csdesk.setting('protocol_max')::int);
END $$;

CREATE FUNCTION csdesk.on_op() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d int; other int; lo bigint; hi bigint; n bigint; latest bigint; args bigint; widest int; k csdesk.desk;
  is_denied boolean;
BEGIN
  SELECT min(f.desk), max(f.desk), min(f.dseq), max(f.dseq), count(*), max(f.hlc), count(f.arg), max(f.scope),
         bool_or(f.kind IN (3, 43, 64))
    INTO d, other, lo, hi, n, latest, args, widest, is_denied FROM fresh f;
  IF n = 0 THEN RETURN NULL; END IF;
  IF n > 100000 THEN
    RAISE EXCEPTION 'too many operations at once' USING ERRCODE = '54000';
  END IF;
  SELECT * INTO k FROM csdesk.desk WHERE desk = d FOR UPDATE;
  IF NOT FOUND OR other <> d OR k.role IS DISTINCT FROM session_user
     OR k.fenced_at IS NOT NULL OR k.retired_at IS NOT NULL THEN
    RAISE EXCEPTION 'not your desk' USING ERRCODE = 'CS003';
  END IF;
  IF k.inc::text IS DISTINCT FROM current_setting('csdesk.inc', true) THEN
    RAISE EXCEPTION 'a newer session of this desk lives' USING ERRCODE = 'CS004';
  END IF;
  IF lo <> k.head + 1 OR hi - lo + 1 <> n THEN
    RAISE EXCEPTION 'gap: head % got %..%', k.head, lo, hi USING ERRCODE = 'CS001';
  END IF;
  IF (latest >> 16) > extract(epoch FROM clock_timestamp()) * 1000 + 300000 THEN
    RAISE EXCEPTION 'clock ahead' USING ERRCODE = 'CS002';
  END IF;
  IF widest > 0 AND EXISTS (
      SELECT FROM (SELECT DISTINCT f.scope FROM fresh f WHERE f.scope > 0) s
       WHERE NOT EXISTS (SELECT FROM csdesk.member m WHERE m.role = session_user AND m.scope = s.scope)) THEN
    RAISE EXCEPTION 'not your scope' USING ERRCODE = 'CS003';
  END IF;
  is_denied := is_denied AND k.rank <> 'lead';
  IF is_denied THEN
    INSERT INTO csdesk.denied SELECT f.desk, f.dseq FROM fresh f WHERE f.kind IN (3, 43, 64);
  END IF;
  IF args > 0 THEN
    INSERT INTO csdesk.claim SELECT f.ent, f.arg, f.desk, f.dseq, f.scope FROM fresh f
     WHERE f.arg IS NOT NULL ORDER BY f.dseq ON CONFLICT DO NOTHING;
  END IF;
  UPDATE csdesk.desk SET head = hi, at = clock_timestamp(), tip = (SELECT f.sum FROM fresh f WHERE f.dseq = hi)
   WHERE desk = d;
  INSERT INTO csdesk.push(desk, first, last) VALUES (d, lo, hi);
  IF csdesk.setting('notify') = 'on' THEN
    PERFORM pg_notify('csdesk_op', d || ':' || hi);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER on_op AFTER INSERT ON csdesk.op REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION csdesk.on_op();

-- History is for ever, also for who runs the hub: only folding and erasing may pass, and they say so.
CREATE FUNCTION csdesk.forbid() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_setting('csdesk.tidying', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'history is not changed' USING ERRCODE = '42501';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER forbid BEFORE UPDATE OR DELETE OR TRUNCATE ON csdesk.op
  FOR EACH STATEMENT EXECUTE FUNCTION csdesk.forbid();

CREATE VIEW csdesk.head_v AS SELECT desk, head FROM csdesk.desk;

-- An operation that the reader may not see keeps its dot, time and sum, so that every desk's row stays whole.
CREATE VIEW csdesk.op_v WITH (security_barrier) AS
  SELECT desk, dseq, hlc,
    CASE WHEN seen THEN kind ELSE 0::smallint END AS kind,
    CASE WHEN seen THEN ver ELSE 1::smallint END AS ver,
    scope,
    CASE WHEN seen THEN ent ELSE decode(repeat('00', 16), 'hex') END AS ent,
    CASE WHEN seen THEN arg END AS arg,
    CASE WHEN seen THEN body ELSE '' END AS body,
    sum
  FROM (SELECT o.*, o.scope = 0
      OR o.scope = ANY ((SELECT array_agg(m.scope) FROM csdesk.member m
                          WHERE m.role = session_user AND m.left_at IS NULL)::int[])
      OR o.desk = ANY ((SELECT array_agg(k.desk) FROM csdesk.desk k WHERE k.role = session_user)::int[]) AS seen
    FROM csdesk.op o) o;

CREATE VIEW csdesk.claim_v WITH (security_barrier) AS
  SELECT ent, epoch, desk, dseq FROM csdesk.claim c
   WHERE c.scope = 0
      OR c.scope = ANY ((SELECT array_agg(m.scope) FROM csdesk.member m
                          WHERE m.role = session_user AND m.left_at IS NULL)::int[])
      OR c.desk = ANY ((SELECT array_agg(k.desk) FROM csdesk.desk k WHERE k.role = session_user)::int[]);

-- What a lead sees of the desks; who runs the hub sees it too.
CREATE VIEW csdesk.desk_v AS
  SELECT desk, role, agent, rank, scope, head, at, enrolled_at, fenced_at, retired_at FROM csdesk.desk;

CREATE VIEW csdesk.denied_v AS SELECT desk, dseq FROM csdesk.denied;

-- Presence of those who share a scope with the reader; silent for 45 s is not there.
CREATE VIEW csdesk.present_v WITH (security_barrier) AS
  SELECT p.desk, k.agent, (extract(epoch FROM p.at) * 1000)::bigint AS at, p.body
    FROM csdesk.present p JOIN csdesk.desk k USING (desk)
   WHERE p.at > clock_timestamp() - interval '45 seconds'
     AND (k.scope = 0 OR EXISTS (SELECT FROM csdesk.member m
                                  WHERE m.role = session_user AND m.scope = k.scope AND m.left_at IS NULL));

CREATE FUNCTION csdesk.here(whose int, said text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM csdesk.need_own(whose);
  INSERT INTO csdesk.present AS p VALUES (whose, clock_timestamp(), said)
    ON CONFLICT (desk) DO UPDATE SET at = excluded.at, body = excluded.body;
END $$;

CREATE FUNCTION csdesk.ack(whose int, vector jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM csdesk.need_own(whose);
  INSERT INTO csdesk.acked AS a(desk, of, dseq)
    SELECT whose, k.desk, least(v.value::bigint, k.head) FROM jsonb_each_text(vector) v
      JOIN csdesk.desk k ON k.desk = v.key::int
    ON CONFLICT (desk, of) DO UPDATE SET dseq = greatest(a.dseq, excluded.dseq), at = excluded.at;
END $$;

-- One desk at a time runs an inbox: until when it may (UTC ms), NULL while another does.
CREATE FUNCTION csdesk.lease(wanted bytea, whose int, seconds int) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE given timestamptz;
BEGIN
  PERFORM csdesk.need_own(whose);
  IF seconds IS NULL OR seconds NOT BETWEEN 1 AND 300 THEN
    RAISE EXCEPTION 'a lease is 1 to 300 seconds' USING ERRCODE = '22023';
  END IF;
  INSERT INTO csdesk.inbox_lease AS l VALUES (wanted, whose, clock_timestamp() + make_interval(secs => seconds))
    ON CONFLICT (inbox) DO UPDATE SET desk = excluded.desk, until = excluded.until
      WHERE l.desk = excluded.desk OR l.until < clock_timestamp()
    RETURNING l.until INTO given;
  RETURN (extract(epoch FROM given) * 1000)::bigint;
END $$;

CREATE FUNCTION csdesk.give_back(held bytea, whose int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM csdesk.need_own(whose);
  DELETE FROM csdesk.inbox_lease l WHERE l.inbox = held AND l.desk = whose;
END $$;

INSERT INTO csdesk.hub VALUES ('protocol_min', '1'), ('protocol_max', '1'), ('notify', 'on'), ('dialect', 'trigger');

REVOKE ALL ON ALL TABLES IN SCHEMA csdesk FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA csdesk FROM PUBLIC;
GRANT USAGE ON SCHEMA csdesk TO @agent@;
GRANT INSERT ON csdesk.op TO @agent@;
GRANT SELECT ON csdesk.head_v, csdesk.op_v, csdesk.claim_v, csdesk.denied_v, csdesk.present_v TO @agent@;
GRANT EXECUTE ON FUNCTION csdesk.join_as(int), csdesk.hello(int, int), csdesk.setting(text), csdesk.here(int, text),
  csdesk.ack(int, jsonb), csdesk.lease(bytea, int, int), csdesk.give_back(bytea, int) TO @agent@;
GRANT SELECT ON csdesk.desk_v TO @lead@;
