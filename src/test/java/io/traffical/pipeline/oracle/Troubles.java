package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Step.Trouble;

/** Makes publishing fail. */
final class Troubles {
  private final Sql sql;

  Troubles(Sql sql) {
    this.sql = sql;
  }

  /** Arranges for the trouble, and for no other. */
  void arrange(Trouble trouble) {
    String raise = "RAISE EXCEPTION 'trouble'";
    if (trouble == Trouble.ONCE) {
      raise =
          "IF nextval('oracle.tries') = 1 THEN RAISE EXCEPTION 'once' USING ERRCODE = '40001'; END IF";
    }
    sql.execute(
        """
        DROP TRIGGER IF EXISTS trouble ON traffical.runs;
        DROP TRIGGER IF EXISTS trouble ON traffical.metric_results;
        SELECT setval('oracle.tries', 1, false);
        CREATE OR REPLACE FUNCTION oracle.trouble() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN %s; RETURN NEW; END $$;
        """
            .formatted(raise));
    String ends =
        "FOR EACH ROW WHEN (NEW.status IN ('succeeded', 'partial')) EXECUTE FUNCTION oracle.trouble()";
    switch (trouble) {
      case NONE -> {}
      case RESULTS ->
          sql.execute(
              "CREATE TRIGGER trouble BEFORE INSERT ON traffical.metric_results FOR EACH ROW EXECUTE FUNCTION oracle.trouble()");
      case RUN_END, ONCE ->
          sql.execute("CREATE TRIGGER trouble BEFORE UPDATE ON traffical.runs " + ends);
      case COMMIT ->
          sql.execute(
              "CREATE CONSTRAINT TRIGGER trouble AFTER UPDATE ON traffical.runs DEFERRABLE INITIALLY DEFERRED "
                  + ends);
    }
  }
}
