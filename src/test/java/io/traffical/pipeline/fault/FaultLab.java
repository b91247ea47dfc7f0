package io.traffical.pipeline.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.testing.PublishedReader;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TestDatabase;
import java.net.Socket;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;

/**
 * Lets one fault strike at one step of a run, and looks at what comes of it: a reader sees the
 * state before the run or after it, the next run equals one that never failed, the source is as it
 * was, and nothing is left over.
 */
final class FaultLab implements AutoCloseable {
  private static final String LEFT_OVER =
      """
      SELECT 'table ' || relname FROM pg_class WHERE starts_with(relname, '_s_')
      UNION ALL SELECT 'run ' || run_id || ' ' || status FROM traffical.runs WHERE status = 'running'
      UNION ALL SELECT 'totals ' || count(*) FROM traffical.unit_total_sets t
        WHERE NOT EXISTS (SELECT FROM traffical.metric_sets m WHERE (m.policy_key, m.set_id) = (t.policy_key, t.set_id)) HAVING count(*) > 0
      UNION ALL SELECT 'outcomes ' || count(*) FROM traffical.unit_outcome_sets o
        WHERE NOT EXISTS (SELECT FROM traffical.metric_sets m WHERE (m.policy_key, m.set_id) = (o.policy_key, o.set_id)) HAVING count(*) > 0
      """;

  private static final String SESSIONS =
      """
      SELECT 'session ' || pid || ' ' || state || ' ' || query FROM pg_stat_activity
        WHERE application_name = 'traffical' AND datname = current_database()
      UNION ALL SELECT 'advisory lock of ' || pid FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      """;

  private final SharedCluster cluster;
  private final Map<Scenario, Before> prepared = new EnumMap<>(Scenario.class);

  /**
   * What there is before a run, and what is published when it never fails.
   *
   * @param steps how many steps such a run takes
   * @param subtasks how many subtasks its operators have
   */
  private record Before(
      Shop shop, List<String> source, List<String> expected, int steps, int subtasks) {}

  /** Starts a cluster with twice the slots that a run takes. */
  FaultLab() {
    Configuration settings = new Configuration();
    settings.setString("metrics.reporter.ends.factory.class", SubtaskEnds.class.getName());
    cluster = SharedCluster.start(4, settings);
  }

  /** Returns how many steps the run of a scenario takes when nothing happens. */
  int steps(Scenario scenario) {
    return before(scenario).steps();
  }

  /** Returns how many subtasks the operators of a scenario's run have. */
  int subtasks(Scenario scenario) {
    return before(scenario).subtasks();
  }

  private Before before(Scenario scenario) {
    return prepared.computeIfAbsent(scenario, FaultLab::prepare);
  }

  private static Before prepare(Scenario scenario) {
    Shop shop = new Shop().fill(300, 9);
    scenario.prepare(shop);
    try (Shop never = shop.copy();
        FaultProxy proxy = new FaultProxy(never.database().port())) {
      never.through(proxy.port());
      proxy.arm(0, null);
      SubtaskEnds.arm(0, null);
      RunReport report = scenario.run(never);
      int steps = proxy.steps();
      int subtasks = SubtaskEnds.begun();
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(scenario.run(never).status()).isEqualTo("succeeded");
      return new Before(shop, shop.source(), exact(never.published()), steps, subtasks);
    }
  }

  /** Leaves out what says how the results were come by: a run that failed moves that, rightly. */
  static List<String> exact(List<String> published) {
    return published.stream()
        .filter(row -> row.startsWith("result") || row.startsWith("assignment"))
        .toList();
  }

  /**
   * Lets the fault strike at the given point.
   *
   * @return how the run ended that it struck, or null when the run did not come to that point
   */
  String play(Scenario scenario, Fault fault, FaultPoint point) {
    Before before = before(scenario);
    try (Shop shop = before.shop().copy();
        FaultProxy proxy = new FaultProxy(shop.database().port());
        PublishedReader reader = new PublishedReader(shop.database())) {
      Shop direct = shop.withOwnFile();
      shop.through(proxy.port());
      if (point.kind() == FaultPoint.Kind.STEP) {
        proxy.arm(point.number(), atStep(fault, scenario, direct));
      } else {
        SubtaskEnds.arm(point.number(), onCluster(fault));
      }
      String outcome = outcome(scenario, shop);
      if (fault == Fault.TAKEN_OVER) {
        assertThat(outcome).isIn("succeeded", "BUSY");
      }
      boolean hasStruck = SubtaskEnds.disarm() || proxy.hasStruck();
      proxy.disarm();
      resume(shop.database());

      RunReport next = scenario.run(shop);

      assertThat(next.status()).as(next.error()).isEqualTo("succeeded");
      assertThat(exact(shop.published())).isEqualTo(before.expected());
      assertThat(reader.torn()).as("states that no run left behind").isEmpty();
      assertThat(shop.source()).isEqualTo(before.source());
      assertThat(shop.database().rows(LEFT_OVER)).isEmpty();
      await()
          .untilAsserted(() -> assertThat(shop.database().rows(SESSIONS)).as("of ours").isEmpty());
      return hasStruck ? outcome : null;
    }
  }

  private FaultProxy.Strike atStep(Fault fault, Scenario scenario, Shop direct) {
    return switch (fault) {
      case CUT_BEFORE -> FaultProxy::cutBefore;
      case CUT_AFTER -> FaultProxy::cutAfter;
      case REFUSED -> FaultProxy::refuse;
      case TASK_MANAGER, CANCELLED -> passing(onCluster(fault));
      case TAKEN_OVER -> passing(() -> takeOver(scenario, direct));
    };
  }

  private Runnable onCluster(Fault fault) {
    return switch (fault) {
      case TASK_MANAGER -> cluster::replaceTaskManager;
      case CANCELLED -> cluster::cancelJobs;
      default -> throw new IllegalArgumentException(fault + " is no fault of a cluster");
    };
  }

  private static FaultProxy.Strike passing(Runnable what) {
    return (Socket client, Socket server, byte[] sent) -> {
      what.run();
      return true;
    };
  }

  private static String outcome(Scenario scenario, Shop shop) {
    try {
      RunReport report = scenario.run(shop);
      return report.status();
    } catch (RunFailure e) {
      return e.kind().name();
    }
  }

  /**
   * Makes the run that is active look dead, and runs. One that is publishing holds its row: then
   * nobody can do either, and the other run finds it active.
   */
  private static void takeOver(Scenario scenario, Shop shop) {
    shop.database()
        .execute(
            """
            CREATE OR REPLACE FUNCTION src.stop_beating() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN NEW.heartbeat_at := '2020-01-01'; RETURN NEW; END $$;
            DO $$ BEGIN
              SET LOCAL lock_timeout = '300ms';
              CREATE TRIGGER stop_beating BEFORE UPDATE ON traffical.runs FOR EACH ROW
                WHEN (OLD.status = 'running' AND NEW.status = 'running')
                EXECUTE FUNCTION src.stop_beating();
              UPDATE traffical.runs SET heartbeat_at = heartbeat_at WHERE status = 'running';
            EXCEPTION WHEN undefined_table OR invalid_schema_name OR lock_not_available THEN NULL;
            END $$;
            """);
    outcome(scenario, shop);
  }

  private static void resume(TestDatabase database) {
    database.execute("DROP FUNCTION IF EXISTS src.stop_beating CASCADE");
  }

  @Override
  public void close() {
    prepared.values().forEach(before -> before.shop().close());
    cluster.close();
  }
}
