-- The contents of attachments, by SHA-256, in parts of 64 KiB: what an operation says of a file is in the log, its bytes
-- are here. Nobody reads them but through csdesk.file_part, nobody writes them but through csdesk.bring.

-- A copy that a desk brings. Two may bring one file at once; the first that is whole stays, the other goes.
CREATE TABLE csdesk.file(
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  desk int NOT NULL,
  dseq bigint NOT NULL,
  size bigint NOT NULL CHECK (size > 0),
  had bigint NOT NULL DEFAULT 0,
  is_whole boolean NOT NULL DEFAULT false,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY(digest, desk)
);
CREATE UNIQUE INDEX file_whole ON csdesk.file(digest) WHERE is_whole;
CREATE INDEX file_desk ON csdesk.file(desk);
CREATE TABLE csdesk.file_piece(
  digest bytea, desk int, place int, bytes bytea NOT NULL, PRIMARY KEY(digest, desk, place),
  FOREIGN KEY(digest, desk) REFERENCES csdesk.file ON DELETE CASCADE
);
ALTER TABLE csdesk.file_piece ALTER bytes SET STORAGE EXTERNAL;

-- Which operation names which content: who may read one of these may read the bytes. Only a desk that brought them, or
-- may read them already, gets its operation in here: to know a digest is not to have the file.
CREATE TABLE csdesk.file_named(digest bytea, desk int, dseq bigint, PRIMARY KEY(digest, desk, dseq));
CREATE INDEX file_named_by ON csdesk.file_named(desk, dseq);

INSERT INTO csdesk.hub VALUES ('file_mb', '64'), ('desk_files_mb', '8192');

-- Whether the caller may read the content: one of the operations that name it is theirs to read and not erased.
CREATE FUNCTION csdesk.may_read(wanted bytea) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM csdesk.file_named n JOIN csdesk.op o USING (desk, dseq)
    WHERE n.digest = wanted AND strpos(o.body, '"erased":"') = 0
      AND NOT EXISTS (SELECT FROM csdesk.denied d WHERE d.desk = o.desk AND d.dseq = o.dseq)
      AND (o.scope = 0
        OR EXISTS (SELECT FROM csdesk.member m WHERE m.role = session_user AND m.scope = o.scope AND m.left_at IS NULL)
        OR EXISTS (SELECT FROM csdesk.desk k WHERE k.desk = o.desk AND k.role = session_user)))
$$;

-- A desk says that its operation named_by (which the hub has) names a file. Answers from which byte on it is wanted, NULL
-- when the hub has it. Raises CS006 for what it will not take, CS007 where this desk has brought as much as it may.
CREATE FUNCTION csdesk.offer(whose int, named_by bigint, wanted bytea, length bigint) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE known csdesk.file; used bigint;
BEGIN
  PERFORM csdesk.need_own(whose);
  PERFORM FROM csdesk.op o WHERE o.desk = whose AND o.dseq = named_by AND o.kind = 63
    AND strpos(o.body, '"sha256":"' || encode(wanted, 'hex') || '"') > 0
    AND (strpos(o.body, '"size":' || length || ',') > 0 OR strpos(o.body, '"size":' || length || '}') > 0);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no operation of this desk names this file' USING ERRCODE = 'CS006';
  END IF;
  IF csdesk.may_read(wanted) AND EXISTS (SELECT FROM csdesk.file f WHERE f.digest = wanted AND f.is_whole) THEN
    INSERT INTO csdesk.file_named VALUES (wanted, whose, named_by) ON CONFLICT DO NOTHING;
    RETURN NULL;
  END IF;
  IF length IS NULL OR length > csdesk.setting('file_mb')::bigint << 20 THEN
    RAISE EXCEPTION 'larger than this hub takes' USING ERRCODE = 'CS006';
  END IF;
  DELETE FROM csdesk.file f WHERE f.desk = whose AND NOT f.is_whole AND f.at < clock_timestamp() - interval '7 days';
  SELECT * INTO known FROM csdesk.file f WHERE f.digest = wanted AND f.desk = whose;
  IF FOUND AND known.size = length THEN
    RETURN known.had;
  END IF;
  SELECT coalesce(sum(f.size), 0) INTO used FROM csdesk.file f WHERE f.desk = whose;
  IF used + length > csdesk.setting('desk_files_mb')::bigint << 20 THEN
    RAISE EXCEPTION 'this desk has brought as much as it may' USING ERRCODE = 'CS007';
  END IF;
  DELETE FROM csdesk.file f WHERE f.digest = wanted AND f.desk = whose;
  INSERT INTO csdesk.file(digest, desk, dseq, size) VALUES (wanted, whose, named_by, length);
  RETURN 0;
END $$;

-- The next piece of what was offered; answers from which byte on more is wanted, NULL when that was the last. The hub looks
-- at the whole before anybody else may read it: what is not what it was said to be is gone (CS006).
CREATE FUNCTION csdesk.bring(whose int, offered bytea, place int, piece bytea) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE known csdesk.file; now_had bigint; is_right boolean;
BEGIN
  PERFORM csdesk.need_own(whose);
  SELECT * INTO known FROM csdesk.file f WHERE f.digest = offered AND f.desk = whose FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'it was not offered' USING ERRCODE = 'CS006';
  END IF;
  IF known.is_whole THEN
    RETURN NULL;
  END IF;
  IF place IS DISTINCT FROM (known.had / 65536)::int THEN
    RETURN known.had;
  END IF;
  now_had := known.had + octet_length(piece);
  IF octet_length(piece) IS DISTINCT FROM least(65536, known.size - known.had)::int THEN
    RAISE EXCEPTION 'a piece has 64 KiB' USING ERRCODE = 'CS006';
  END IF;
  INSERT INTO csdesk.file_piece VALUES (offered, whose, place, piece);
  UPDATE csdesk.file f SET had = now_had, at = clock_timestamp() WHERE f.digest = offered AND f.desk = whose;
  IF now_had < known.size THEN
    RETURN now_had;
  END IF;
  SELECT sha256(string_agg(p.bytes, '' ORDER BY p.place)) = offered INTO is_right
    FROM csdesk.file_piece p WHERE p.digest = offered AND p.desk = whose;
  IF NOT is_right THEN
    DELETE FROM csdesk.file f WHERE f.digest = offered AND f.desk = whose;
    RETURN -1;
  END IF;
  INSERT INTO csdesk.file_named VALUES (offered, whose, known.dseq) ON CONFLICT DO NOTHING;
  BEGIN
    UPDATE csdesk.file f SET is_whole = true WHERE f.digest = offered AND f.desk = whose;
  EXCEPTION WHEN unique_violation THEN
    DELETE FROM csdesk.file f WHERE f.digest = offered AND f.desk = whose;
  END;
  RETURN NULL;
END $$;

-- How long the files are that are here whole and that the caller may read, of those asked for (at most 1,000).
CREATE FUNCTION csdesk.files_here(asked bytea[]) RETURNS TABLE(digest bytea, size bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT f.digest, f.size FROM unnest(asked[1:1000]) AS a(digest) JOIN csdesk.file f ON f.digest = a.digest AND f.is_whole
   WHERE csdesk.may_read(f.digest)
$$;

-- One piece of a whole file; NULL when there is none that the caller may read.
CREATE FUNCTION csdesk.file_part(wanted bytea, place int) RETURNS bytea
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.bytes FROM csdesk.file f JOIN csdesk.file_piece p ON p.digest = f.digest AND p.desk = f.desk AND p.place = $2
   WHERE f.digest = $1 AND f.is_whole AND csdesk.may_read($1)
$$;

-- What an erasure took the name of, and nothing else names, is gone with the same commit.
CREATE FUNCTION csdesk.forget_file() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  WITH gone AS (DELETE FROM csdesk.file_named n WHERE n.desk = NEW.desk AND n.dseq = NEW.dseq RETURNING n.digest)
  DELETE FROM csdesk.file f USING gone WHERE f.digest = gone.digest AND f.is_whole AND NOT EXISTS (
    SELECT FROM csdesk.file_named n WHERE n.digest = gone.digest AND (n.desk, n.dseq) <> (NEW.desk, NEW.dseq));
  DELETE FROM csdesk.file f WHERE f.desk = NEW.desk AND f.dseq = NEW.dseq AND NOT f.is_whole;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_file AFTER INSERT ON csdesk.erased FOR EACH ROW EXECUTE FUNCTION csdesk.forget_file();

REVOKE ALL ON csdesk.file, csdesk.file_piece, csdesk.file_named FROM PUBLIC;
REVOKE ALL ON FUNCTION csdesk.may_read(bytea), csdesk.offer(int, bigint, bytea, bigint),
  csdesk.bring(int, bytea, int, bytea), csdesk.files_here(bytea[]), csdesk.file_part(bytea, int), csdesk.forget_file()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION csdesk.offer(int, bigint, bytea, bigint), csdesk.bring(int, bytea, int, bytea),
  csdesk.files_here(bytea[]), csdesk.file_part(bytea, int) TO @agent@;
