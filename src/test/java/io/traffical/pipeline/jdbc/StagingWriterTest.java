package io.traffical.pipeline.jdbc;

import static io.traffical.pipeline.testing.Plans.hour;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.Planner;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class StagingWriterTest {
  private static final Definitions DEFINITIONS =
      DefinitionFiles.read(
          """
          version: "1.0"
          connection: { host: no-such.invalid, database: shop, username: u, password: p, sslMode: disable }
          entities: { user: { keyType: userId } }
          assignments:
            exposures: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
          facts:
            orders: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
          metrics: { ordered: { fact: orders, aggregation: count } }
          policies:
            p: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
          """);

  /** Otherwise it would connect when nobody can cancel it any more, and wait for a lock there. */
  @Test
  void cancelledBeforeItHasAConnectionItOpensNone() throws Exception {
    RunPlan plan =
        Planner.plan(DEFINITIONS, RunRequest.run(hour(10)), List.of(), Set.of(), hour(99));
    RunContext run = new RunContext("run", DEFINITIONS, plan, Plans.sets(plan), Map.of(), false);
    StagingWriter<AssignmentChange> writer = new StagingWriter<>(Staging.ASSIGNMENTS, run);
    try (OneInputStreamOperatorTestHarness<AssignmentChange, StagedRows> harness =
        new OneInputStreamOperatorTestHarness<>(writer)) {
      harness.open();
      harness.processElement(new AssignmentChange(0, "u", "a", "", 0, AssignmentChange.NEVER), 0);

      harness.getOperator().getContainingTask().getCancelables().close();

      assertThatThrownBy(harness::endInput)
          .isInstanceOf(SuppressRestartsException.class)
          .cause()
          .isInstanceOf(SQLException.class)
          .hasMessage("the task was cancelled before it could stage");
    }
  }
}
