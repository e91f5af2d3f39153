-- The same steps without a trigger: for engines that speak PostgreSQL's protocol and have no transition tables
-- (setting 'dialect' is 'portable'). The client asks for them around its COPY, in one transaction. What the trigger
-- makes certain is only asked for here: a login could leave it out. See docs/scaling.md.

-- Raises 0A000 where the trigger does it all.
CREATE FUNCTION csdesk.need_portable() RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF csdesk.setting('dialect') <> 'portable' THEN
    RAISE EXCEPTION 'this hub does it by itself' USING ERRCODE = '0A000';
  END IF;
END $$;

-- Compare and set: the head moves from lo - 1 to hi, or nothing happens. The row stays locked until the commit.
CREATE FUNCTION csdesk.advance(whose int, lo bigint, hi bigint, session_inc int, last_sum bytea, latest bigint)
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM csdesk.need_portable();
  PERFORM csdesk.need_own(whose);
  IF hi - lo >= 100000 THEN
    RAISE EXCEPTION 'too many operations at once' USING ERRCODE = '54000';
  END IF;
  IF (latest >> 16) > extract(epoch FROM clock_timestamp()) * 1000 + 300000 THEN
    RAISE EXCEPTION 'clock ahead' USING ERRCODE = 'CS002';
  END IF;
  UPDATE csdesk.desk SET head = hi, tip = last_sum, at = clock_timestamp()
   WHERE desk = whose AND head = lo - 1 AND inc = session_inc AND hi >= lo;
  IF NOT FOUND THEN
    PERFORM FROM csdesk.desk WHERE desk = whose AND inc = session_inc;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'a newer session of this desk lives' USING ERRCODE = 'CS004';
    END IF;
    RAISE EXCEPTION 'gap: got %..%', lo, hi USING ERRCODE = 'CS001';
  END IF;
END $$;

-- After the COPY: what came is what was announced, and the first of each epoch wins.
CREATE FUNCTION csdesk.settle(whose int, lo bigint, hi bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE n bigint; args bigint; has_denied boolean; has_foreign boolean;
BEGIN
  PERFORM csdesk.need_portable();
  PERFORM csdesk.need_own(whose);
  SELECT count(*), count(o.arg), bool_or(o.kind IN (3, 43, 64)), bool_or(o.scope > 0 AND NOT EXISTS (
      SELECT FROM csdesk.member m WHERE m.role = session_user AND m.scope = o.scope))
    INTO n, args, has_denied, has_foreign
    FROM csdesk.op o WHERE o.desk = whose AND o.dseq BETWEEN lo AND hi;
  IF n <> hi - lo + 1 OR NOT EXISTS (SELECT FROM csdesk.desk k WHERE k.desk = whose AND k.head = hi) THEN
    RAISE EXCEPTION 'gap: % of %..%', n, lo, hi USING ERRCODE = 'CS001';
  END IF;
  IF has_foreign THEN
    RAISE EXCEPTION 'not your scope' USING ERRCODE = 'CS003';
  END IF;
  IF has_denied AND NOT EXISTS (SELECT FROM csdesk.desk k WHERE k.desk = whose AND k.rank = 'lead') THEN
    INSERT INTO csdesk.denied SELECT o.desk, o.dseq FROM csdesk.op o
     WHERE o.desk = whose AND o.dseq BETWEEN lo AND hi AND o.kind IN (3, 43, 64) ON CONFLICT DO NOTHING;
  END IF;
  IF args > 0 THEN
    INSERT INTO csdesk.claim SELECT o.ent, o.arg, o.desk, o.dseq, o.scope FROM csdesk.op o
     WHERE o.desk = whose AND o.dseq BETWEEN lo AND hi AND o.arg IS NOT NULL ORDER BY o.dseq ON CONFLICT DO NOTHING;
  END IF;
  INSERT INTO csdesk.push(desk, first, last) VALUES (whose, lo, hi);
  IF csdesk.setting('notify') = 'on' THEN
    PERFORM pg_notify('csdesk_op', whose || ':' || hi);
  END IF;
END $$;

REVOKE ALL ON FUNCTION csdesk.need_portable(), csdesk.advance(int, bigint, bigint, int, bytea, bigint),
  csdesk.settle(int, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION csdesk.advance(int, bigint, bigint, int, bytea, bigint),
  csdesk.settle(int, bigint, bigint) TO @agent@;
