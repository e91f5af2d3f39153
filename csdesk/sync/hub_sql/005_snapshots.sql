-- What a new desk begins with: a lead's desk leaves its log and rows here, compressed, as of one vector. What every
-- desk has and a snapshot covers may then be folded: its body goes, its place, time, scope and sum stay.

CREATE TABLE csdesk.snapshot(
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scopes int[] NOT NULL,
  vector jsonb NOT NULL,
  sums jsonb NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  schema int NOT NULL CHECK (schema > 0),
  maker int NOT NULL,
  size bigint NOT NULL CHECK (size > 0),
  operations bigint NOT NULL CHECK (operations > 0),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  is_whole boolean NOT NULL DEFAULT false
);
CREATE TABLE csdesk.snapshot_piece(
  snapshot uuid, n int CHECK (n >= 0), data bytea NOT NULL CHECK (octet_length(data) BETWEEN 1 AND 4194304),
  PRIMARY KEY(snapshot, n)
);

-- Up to where each desk's operations lie here without their bodies.
CREATE TABLE csdesk.fold(desk int PRIMARY KEY, dseq bigint NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE FUNCTION csdesk.my_scopes() RETURNS int[] LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT array_agg(s.scope ORDER BY s.scope) FROM (
    SELECT 0 AS scope UNION SELECT m.scope FROM csdesk.member m WHERE m.role = session_user AND m.left_at IS NULL) s
$$;

-- Raises CS003 unless a lead's desk, the caller's own, is about to leave this snapshot, and has not done so yet.
CREATE FUNCTION csdesk.need_maker(which uuid) RETURNS csdesk.snapshot LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE s csdesk.snapshot;
BEGIN
  SELECT * INTO s FROM csdesk.snapshot WHERE id = which;
  PERFORM csdesk.need_own(s.maker);
  IF s.is_whole THEN
    RAISE EXCEPTION 'a snapshot is not changed' USING ERRCODE = 'CS003';
  END IF;
  RETURN s;
END $$;

CREATE FUNCTION csdesk.begin_snapshot(
    whose int, reached jsonb, tips jsonb, checksum bytea, made_by_schema int, bytes bigint, count bigint)
  RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE made uuid;
BEGIN
  PERFORM csdesk.need_own(whose);
  IF NOT EXISTS (SELECT FROM csdesk.desk k WHERE k.desk = whose AND k.rank = 'lead') THEN
    RAISE EXCEPTION 'a snapshot is made by the desk of a lead' USING ERRCODE = 'CS003';
  END IF;
  DELETE FROM csdesk.snapshot_piece p USING csdesk.snapshot s
   WHERE p.snapshot = s.id AND s.maker = whose AND NOT s.is_whole;
  DELETE FROM csdesk.snapshot s WHERE s.maker = whose AND NOT s.is_whole;
  INSERT INTO csdesk.snapshot(scopes, vector, sums, sha256, schema, maker, size, operations)
    VALUES (csdesk.my_scopes(), reached, tips, checksum, made_by_schema, whose, bytes, count) RETURNING id INTO made;
  RETURN made;
END $$;

CREATE FUNCTION csdesk.add_piece(which uuid, place int, piece bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM csdesk.need_maker(which);
  INSERT INTO csdesk.snapshot_piece VALUES (which, place, piece);
END $$;

-- From here on others see it. Refused (CS008) when the hub does not have what it says, or an operation that it does not
-- know of took words out of what it holds.
CREATE FUNCTION csdesk.finish_snapshot(which uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE s csdesk.snapshot := csdesk.need_maker(which);
BEGIN
  -- Who erases waits for this commit, or this waits for theirs.
  PERFORM FROM csdesk.hub WHERE key = 'snapshots' FOR UPDATE;
  IF s.scopes <> csdesk.my_scopes() THEN
    RAISE EXCEPTION 'not your scope' USING ERRCODE = 'CS003';
  END IF;
  IF NOT EXISTS (
      SELECT FROM csdesk.snapshot_piece p WHERE p.snapshot = which
      HAVING sum(octet_length(p.data)) = s.size AND count(*) = max(p.n) + 1) THEN
    RAISE EXCEPTION 'not the whole snapshot came' USING ERRCODE = 'CS008';
  END IF;
  IF EXISTS (
      SELECT FROM jsonb_each_text(s.vector) v LEFT JOIN csdesk.op o ON o.desk = v.key::int AND o.dseq = v.value::bigint
       WHERE o.sum IS NULL OR encode(o.sum, 'hex') IS DISTINCT FROM s.sums ->> v.key)
     OR EXISTS (
      SELECT FROM csdesk.fold f WHERE f.dseq > coalesce((s.vector ->> f.desk::text)::bigint, 0)) THEN
    RAISE EXCEPTION 'the hub has other operations' USING ERRCODE = 'CS008';
  END IF;
  IF EXISTS (
      SELECT FROM csdesk.erased e
       WHERE e.dseq <= (s.vector ->> e.desk::text)::bigint
         AND e.by_dseq > coalesce((s.vector ->> e.by_desk::text)::bigint, 0)) THEN
    RAISE EXCEPTION 'something was erased meanwhile' USING ERRCODE = 'CS008';
  END IF;
  DELETE FROM csdesk.snapshot_piece p USING csdesk.snapshot old
   WHERE p.snapshot = old.id AND old.scopes = s.scopes AND old.id <> which AND (old.is_whole OR old.maker = s.maker);
  DELETE FROM csdesk.snapshot old
   WHERE old.scopes = s.scopes AND old.id <> which AND (old.is_whole OR old.maker = s.maker);
  UPDATE csdesk.snapshot SET is_whole = true, at = clock_timestamp() WHERE id = which;
END $$;

-- A snapshot that holds what was erased is gone with it; a lead's desk makes another.
CREATE FUNCTION csdesk.on_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM FROM csdesk.hub WHERE key = 'snapshots' FOR UPDATE;
  DELETE FROM csdesk.snapshot_piece p USING csdesk.snapshot s
   WHERE p.snapshot = s.id AND (s.vector ->> NEW.desk::text)::bigint >= NEW.dseq;
  DELETE FROM csdesk.snapshot s WHERE (s.vector ->> NEW.desk::text)::bigint >= NEW.dseq;
  RETURN NULL;
END $$;
CREATE TRIGGER on_erased AFTER INSERT ON csdesk.erased FOR EACH ROW EXECUTE FUNCTION csdesk.on_erased();

-- Who reads all scopes of a snapshot may read it.
CREATE VIEW csdesk.snapshot_v WITH (security_barrier) AS
  SELECT s.id, s.scopes, s.vector, s.sums, s.sha256, s.schema, s.maker, s.size, s.operations,
    (extract(epoch FROM s.at) * 1000)::bigint AS at
    FROM csdesk.snapshot s WHERE s.is_whole AND s.scopes <@ csdesk.my_scopes();
CREATE VIEW csdesk.snapshot_piece_v WITH (security_barrier) AS
  SELECT p.snapshot, p.n, p.data FROM csdesk.snapshot_piece p
   WHERE EXISTS (SELECT FROM csdesk.snapshot s
                  WHERE s.id = p.snapshot AND s.is_whole AND s.scopes <@ csdesk.my_scopes());
CREATE VIEW csdesk.fold_v AS SELECT desk, dseq FROM csdesk.fold;

INSERT INTO csdesk.hub VALUES ('snapshots', 'on');

REVOKE ALL ON csdesk.snapshot, csdesk.snapshot_piece, csdesk.fold, csdesk.snapshot_v, csdesk.snapshot_piece_v,
  csdesk.fold_v FROM PUBLIC;
REVOKE ALL ON FUNCTION csdesk.my_scopes(), csdesk.need_maker(uuid), csdesk.on_erased(),
  csdesk.begin_snapshot(int, jsonb, jsonb, bytea, int, bigint, bigint), csdesk.add_piece(uuid, int, bytea),
  csdesk.finish_snapshot(uuid) FROM PUBLIC;
GRANT SELECT ON csdesk.snapshot_v, csdesk.snapshot_piece_v, csdesk.fold_v TO @agent@;
GRANT EXECUTE ON FUNCTION csdesk.my_scopes() TO @agent@;
GRANT EXECUTE ON FUNCTION csdesk.begin_snapshot(int, jsonb, jsonb, bytea, int, bigint, bigint),
  csdesk.add_piece(uuid, int, bytea), csdesk.finish_snapshot(uuid) TO @lead@;
