-- An operation that names a file may be folded once the file was brought: that it named it is in csdesk.file_named then, and
-- what is offered again (a desk whose hub went back offers everything) is known by that.

-- A desk says that its operation named_by (which the hub has) names a file. Answers from which byte on it is wanted, NULL
-- when the hub has it. Raises CS006 for what it will not take, CS007 where this desk has brought as much as it may.
CREATE OR REPLACE FUNCTION csdesk.offer(whose int, named_by bigint, wanted bytea, length bigint) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE known csdesk.file; used bigint;
BEGIN
  PERFORM csdesk.need_own(whose);
  PERFORM FROM csdesk.file_named n WHERE n.digest = wanted AND n.desk = whose AND n.dseq = named_by;
  IF NOT FOUND THEN
    PERFORM FROM csdesk.op o WHERE o.desk = whose AND o.dseq = named_by AND o.kind = 63
      AND strpos(o.body, '"sha256":"' || encode(wanted, 'hex') || '"') > 0
      AND (strpos(o.body, '"size":' || length || ',') > 0 OR strpos(o.body, '"size":' || length || '}') > 0);
  END IF;
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
