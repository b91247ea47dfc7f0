package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.health.AllocationFloorCheck;
import io.traffical.pipeline.health.Check;
import io.traffical.pipeline.health.CrossoversCheck;
import io.traffical.pipeline.health.ExposureSeries;
import io.traffical.pipeline.health.Exposures;
import io.traffical.pipeline.health.ExposuresCheck;
import io.traffical.pipeline.health.FreshnessCheck;
import io.traffical.pipeline.health.GuardrailsCheck;
import io.traffical.pipeline.health.SampleRatioCheck;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import io.traffical.pipeline.window.Watermark;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges the health of what a run has published. A policy of which this run publishes nothing keeps
 * its numbers, but its freshness goes on: that its definitions fail is what that check is about.
 */
final class HealthWriter {
  private final Connection connection;
  private final RunContext run;
  private final RunOutcome outcome;
  private final HealthTable table;
  private final Map<List<String>, Long> publishedTo = new HashMap<>();

  HealthWriter(Connection connection, RunContext run, RunOutcome outcome) {
    this.connection = connection;
    this.run = run;
    this.outcome = outcome;
    this.table = new HealthTable(connection, run.tables(), run.runId());
  }

  /** Writes what has changed; results and watermarks of the run are there already. */
  void write() throws SQLException {
    for (Watermark watermark : new RunStore(connection, run.tables()).watermarks()) {
      publishedTo.put(List.of(watermark.policyKey(), watermark.metricKey()), watermark.windowEnd());
    }
    Map<String, PolicyPlan> published = new HashMap<>();
    for (int p = 0; p < run.plan().policies().size(); p++) {
      if (outcome.publishesAny(p)) {
        PolicyPlan plan = run.plan().policies().get(p);
        published.put(plan.policyKey(), plan);
      }
    }
    for (Definitions.Policy policy : run.definitions().policies().values()) {
      if (published.containsKey(policy.key())) {
        judge(policy, published.get(policy.key()));
      } else {
        table.update(policy.key(), freshness(policy));
      }
    }
  }

  private void judge(Definitions.Policy policy, PolicyPlan plan) throws SQLException {
    Exposures exposures = new ExposureReader(connection, run.tables()).read(plan);
    Map<String, Long> units = exposures.analysed(plan.excludeCrossovers());
    boolean hasEnded = plan.end() >= plan.endsAt();
    int floor = run.definitions().pipeline().allocationFloor();
    List<Check> checks =
        List.of(
            ExposuresCheck.of(exposures, plan.startsAt(), hasEnded, run.plan().window()),
            SampleRatioCheck.of(policy.allocations(), units),
            AllocationFloorCheck.of(policy.allocations(), units, floor),
            freshness(policy),
            GuardrailsCheck.of(new GuardrailReader(connection, run.tables()).read(policy)),
            CrossoversCheck.of(exposures, plan.excludeCrossovers()));
    table.put(policy.key(), plan.until(), checks, ExposureSeries.of(exposures));
  }

  private Check freshness(Definitions.Policy policy) {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("", publishedTo.get(List.of(policy.key(), "")));
    for (String metric : policy.metrics()) {
      parts.put(metric, publishedTo.get(List.of(policy.key(), metric)));
    }
    long endsAt = policy.endsAt() == null ? Micros.AFTER_ALL : Micros.of(policy.endsAt());
    return FreshnessCheck.of(
        Micros.of(policy.startsAt()), endsAt, run.plan().window(), run.plan().due(), parts);
  }
}
