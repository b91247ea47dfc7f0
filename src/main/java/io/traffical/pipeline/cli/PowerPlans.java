package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.MultipleAllocations;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.StoredResults;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Makes plans of the newest results of a metric. */
final class PowerPlans {
  /** How far back new units are counted. */
  private static final Duration LATELY = Duration.ofDays(7);

  private PowerPlans() {}

  /** Returns one plan for each treatment with results, in the order of the file. */
  static List<PowerPlan> read(
      StoredResults stored, Definitions definitions, Policy policy, String metricKey)
      throws SQLException {
    Rows rows = stored.totals(policy.key(), null);
    ResultRow control = null;
    long units = 0;
    List<Integer> treatments = new ArrayList<>();
    for (String allocation : policy.allocations().keySet()) {
      for (int i = 0; i < rows.values().size(); i++) {
        if (rows.get(i, "metric_key").equals(metricKey)
            && rows.get(i, "allocation_key").equals(allocation)) {
          ResultRow row = ResultRow.of(rows, i, definitions);
          units += row.units();
          if (allocation.equals(policy.control())) {
            control = row;
          } else if (policy.allocations().get(allocation) > 0) {
            treatments.add(i);
          }
        }
      }
    }
    if (control == null || policy.allocations().get(policy.control()) == 0) {
      return List.of();
    }
    double perDay = unitsPerDay(stored, definitions, policy, control.asOf());
    List<PowerPlan> plans = new ArrayList<>();
    for (int i : treatments) {
      plans.add(
          PowerPlan.of(
              control,
              ResultRow.of(rows, i, definitions),
              (Double) rows.get(i, "lift_standard_error"),
              policy,
              units,
              perDay));
    }
    return plans;
  }

  /** An experiment that is younger than the time has had its units in less of it. */
  private static double unitsPerDay(
      StoredResults stored, Definitions definitions, Policy policy, Instant asOf)
      throws SQLException {
    Instant from = asOf.minus(LATELY);
    Rows arrivals =
        stored.arrivals(
            policy.key(),
            policy.allocations().keySet(),
            definitions.pipeline().multipleAllocations() == MultipleAllocations.FIRST,
            from,
            asOf);
    Instant since = policy.startsAt().isAfter(from) ? policy.startsAt() : from;
    double days = Duration.between(since, asOf).toMillis() / 86_400_000.0;
    return days > 0 ? (Long) arrivals.get(0, "new_units") / days : 0;
  }
}
