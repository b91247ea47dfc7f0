package io.traffical.pipeline.oracle;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What one run over all the rows would publish of a policy or metric, said in plain SQL over those
 * rows, in decimals; and how what was published differs from it.
 */
final class Expectation {
  private static final String COLUMNS =
      "id, source, unit, t, allocation, country, tier, amount, tax, kind, item";

  private final Sql sql;
  private final Assigned assigned;

  /**
   * @param end exclusive end of what is published
   * @param exposures a query for rows of the source
   */
  Expectation(Sql sql, Experiments experiments, String policyKey, Instant end, String exposures) {
    this.sql = sql;
    this.assigned = new Assigned(sql, experiments, policyKey, end, exposures);
  }

  /** The rows of the copy. */
  static String copied(String policyKey, String metricKey) {
    return "SELECT %s FROM oracle.read WHERE policy_key = %s AND metric_key = %s"
        .formatted(COLUMNS, Sql.text(policyKey), Sql.text(metricKey));
  }

  /** The rows of the source now. */
  static String current(Experiments now, String policyKey, String metricKey) {
    return "SELECT %s FROM shop.rows WHERE source = ANY (%s) AND (policy IS NULL OR policy = %s)"
        .formatted(COLUMNS, Sql.array(now.sources(metricKey)), Sql.text(policyKey));
  }

  /** Returns how the rows of assignments differ. */
  List<String> assignmentsDiffer() {
    return assigned.differ();
  }

  /**
   * Notes what a run has looked up; returns units of which there is no valid covariate, or a stored
   * one that is another.
   */
  List<String> lookUp(Covariates covariates, String metricKey, Instant from, Instant totalsTo) {
    List<String> wrong = new ArrayList<>(covariates.lookUp(assigned, metricKey, from));
    if (assigned.experiments().lookbackDays(assigned.policyKey(), metricKey) > 0) {
      wrong.addAll(covariates.storedDiffer(assigned, metricKey, totalsTo));
    }
    return wrong;
  }

  /** Returns how the stored days of a metric differ from the facts before its totals' end. */
  List<String> daysDiffer(String metricKey, String facts, Instant totalsTo) {
    return new Counted(sql, assigned, metricKey, facts).daysDiffer(totalsTo);
  }

  /** Returns how the latest results of a metric differ. */
  List<String> resultsDiffer(String metricKey, String facts) {
    Counted counted = new Counted(sql, assigned, metricKey, facts);
    counted.makeUnits();
    return new Results(sql, assigned, metricKey, counted).differ();
  }
}
