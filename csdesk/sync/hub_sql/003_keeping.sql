-- Erasing a person's words here too, and what all desks have.

-- Which operation took the words out of which: who has them elsewhere fetches what is left of them.
CREATE TABLE csdesk.erased(
  desk int, dseq bigint, by_desk int NOT NULL, by_dseq bigint NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY(desk, dseq)
);
CREATE INDEX erased_by ON csdesk.erased(by_desk, by_dseq);
CREATE VIEW csdesk.erased_v AS SELECT desk, dseq, by_desk, by_dseq FROM csdesk.erased;

-- Puts bodies without words in the place of those that had them; how many. The erasure itself, by_dseq, is in the log by
-- then; one that was denied takes nothing. Names, times and sums stay: every chain fits as before.
CREATE FUNCTION csdesk.erase(whose int, by_dseq bigint, desks int[], dseqs bigint[], bodies text[]) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE n int;
BEGIN
  PERFORM csdesk.need_own(whose);
  PERFORM FROM csdesk.op o JOIN csdesk.desk k USING (desk)
   WHERE o.desk = whose AND o.dseq = by_dseq AND o.kind IN (3, 43, 64) AND k.rank = 'lead';
  IF NOT FOUND THEN RETURN 0; END IF;
  IF cardinality(desks) IS DISTINCT FROM cardinality(dseqs) OR cardinality(desks) IS DISTINCT FROM cardinality(bodies)
     OR EXISTS (SELECT FROM unnest(bodies) b WHERE b IS NULL OR strpos(b, '"erased":"') = 0) THEN
    RAISE EXCEPTION 'not what an erasure leaves' USING ERRCODE = '22023';
  END IF;
  PERFORM set_config('csdesk.tidying', 'on', true);
  WITH left_over AS (SELECT * FROM unnest(desks, dseqs, bodies) AS u(desk, dseq, body)),
    done AS (
      UPDATE csdesk.op o SET body = l.body FROM left_over l
       WHERE o.desk = l.desk AND o.dseq = l.dseq AND strpos(o.body, '"erased":"') = 0
         AND (o.scope = 0 OR o.desk = whose OR EXISTS (
           SELECT FROM csdesk.member m WHERE m.role = session_user AND m.scope = o.scope AND m.left_at IS NULL))
      RETURNING o.desk, o.dseq)
  INSERT INTO csdesk.erased(desk, dseq, by_desk, by_dseq) SELECT d.desk, d.dseq, whose, by_dseq FROM done d
    ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS n = ROW_COUNT;
  PERFORM set_config('csdesk.tidying', 'off', true);
  RETURN n;
END $$;

-- Up to where every desk that has a vote has what each desk wrote: this much may be folded. Silent for 30 days is no vote.
CREATE VIEW csdesk.common_v AS
  SELECT k.desk, least(k.head, coalesce((
      SELECT min(coalesce(a.dseq, 0)) FROM csdesk.desk v LEFT JOIN csdesk.acked a ON a.desk = v.desk AND a.of = k.desk
       WHERE v.desk <> k.desk AND v.retired_at IS NULL AND coalesce(v.at, v.enrolled_at) > now() - interval '30 days'
    ), k.head)) AS dseq
  FROM csdesk.desk k;

REVOKE ALL ON csdesk.erased, csdesk.erased_v, csdesk.common_v FROM PUBLIC;
REVOKE ALL ON FUNCTION csdesk.erase(int, bigint, int[], bigint[], text[]) FROM PUBLIC;
GRANT SELECT ON csdesk.erased_v TO @agent@;
GRANT EXECUTE ON FUNCTION csdesk.erase(int, bigint, int[], bigint[], text[]) TO @agent@;
