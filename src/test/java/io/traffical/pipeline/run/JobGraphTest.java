package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.JdbcSinks;
import io.traffical.pipeline.jdbc.JdbcSources;
import io.traffical.pipeline.jdbc.RunContext;
import io.traffical.pipeline.job.ExperimentPipeline;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.Planner;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;

/** What a reader of Flink's web page sees of a job, and what Flink knows its operators by. */
class JobGraphTest {
  private static final Definitions DEFINITIONS =
      DefinitionFiles.read(
          """
          version: "1.0"
          connection: { host: db, database: shop, username: traffical }
          entities: { user: { keyType: userId } }
          assignments:
            exposures: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
          facts:
            orders: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
          metrics: { n: { fact: orders, aggregation: count } }
          policies:
            p: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
          """);

  private static StreamGraph graph() {
    long now = Plans.hour(24);
    RunPlan plan = Planner.plan(DEFINITIONS, RunRequest.run(now), List.of(), Set.of(), now);
    MetricSets sets = new MetricSets(plan, List.of());
    RunContext run = new RunContext("run", DEFINITIONS, plan, sets, Map.of(), false);
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    ExperimentPipeline.define(new JdbcSources(environment, run), plan, sets, new JdbcSinks(run));
    return environment.getStreamGraph();
  }

  @Test
  void everyOperatorHasAUidOfItsOwnAndANameInWords() {
    StreamGraph graph = graph();

    assertThat(graph.getStreamNodes())
        .extracting(StreamNode::getTransformationUID)
        .doesNotContainNull()
        .doesNotHaveDuplicates();
    assertThat(graph.getStreamNodes())
        .extracting(StreamNode::getOperatorName)
        .containsExactlyInAnyOrder(
            "Source: read slices",
            "separate reports",
            "first assignment, attribution, totals per unit",
            "moments per allocation",
            "rank samples",
            "compare with control",
            "stage assignments",
            "stage unit_total_sets",
            "stage unit_outcome_sets",
            "note reports",
            "note staged rows",
            "note results",
            "publish");
  }

  /** A part of the job without a witness would fail without a cause in the run's row. */
  @Test
  void everyTaskHasAWitnessThatEndsTheRunAndTasksStayChained() {
    StreamGraph watched = graph();
    RunEnd.watch(watched, "run", DEFINITIONS);
    JobGraph job = watched.getJobGraph();

    assertThat(names(job)).isEqualTo(names(graph().getJobGraph()));
    assertThat(job.getVertices())
        .allSatisfy(task -> assertThat(task.getOperatorCoordinators()).isNotEmpty());
  }

  private static List<String> names(JobGraph job) {
    return job.getVerticesSortedTopologicallyFromSources().stream()
        .map(JobVertex::getName)
        .sorted()
        .toList();
  }
}
