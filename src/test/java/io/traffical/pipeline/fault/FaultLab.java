package io.traffical.pipeline.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

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
   */
  private record Before(Shop shop, List<String> source, List<String> expected, int steps) {}

  /** Runs jobs on the given cluster, which must have twice the slots that a run takes. */
  FaultLab(SharedCluster cluster) {
    this.cluster = cluster;
  }

  /** Returns how many steps the run of a scenario takes when nothing happens. */
  int steps(Scenario scenario) {
    return before(scenario).steps();
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
      RunReport report = scenario.run(never);
      int steps = proxy.steps();
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(scenario.run(never).status()).isEqualTo("succeeded");
      return new Before(shop, shop.source(), exact(never.published()), steps);
    }
  }

  /** Leaves out what says how the results were come by: a run that failed moves that, rightly. */
  static List<String> exact(List<String> published) {
    return published.stream()
        .filter(row -> row.startsWith("result") || row.startsWith("assignment"))
        .toList();
  }

  /**
   * Lets the fault strike at the given step.
   *
   * @return how the run ended that it struck, or null when the run had fewer steps
   */
  String play(Scenario scenario, Fault fault, int step) {
    Before before = before(scenario);
    try (Shop shop = before.shop().copy();
        FaultProxy proxy = new FaultProxy(shop.database().port());
        PublishedStates reader = new PublishedStates(shop.database())) {
      List<List<String>> states = Collections.synchronizedList(new ArrayList<>());
      states.add(PublishedStates.now(shop.database()));
      proxy.arm(step, strike(fault, scenario, shop.withOwnFile(), states));
      shop.through(proxy.port());
      String outcome = outcome(scenario, shop);
      if (fault == Fault.TAKEN_OVER) {
        assertThat(outcome).isIn("succeeded", "BUSY");
      }
      boolean hasStruck = proxy.hasStruck();
      proxy.disarm();
      resume(shop.database());
      states.add(PublishedStates.now(shop.database()));

      RunReport next = scenario.run(shop);

      assertThat(next.status()).as(next.error()).isEqualTo("succeeded");
      states.add(shop.published());
      assertThat(exact(shop.published())).isEqualTo(before.expected());
      for (List<String> state : reader.seen()) {
        assertThat(states.contains(state))
            .as(
                "a state that no run left behind: %s; they left %s",
                kinds(state), states.stream().map(FaultLab::kinds).toList())
            .isTrue();
      }
      assertThat(shop.source()).isEqualTo(before.source());
      assertThat(shop.database().rows(LEFT_OVER)).isEmpty();
      await()
          .untilAsserted(() -> assertThat(shop.database().rows(SESSIONS)).as("of ours").isEmpty());
      return hasStruck ? outcome : null;
    }
  }

  private static Map<String, Long> kinds(List<String> published) {
    return published.stream()
        .collect(
            Collectors.groupingBy(
                row -> row.substring(0, row.indexOf(' ')), TreeMap::new, Collectors.counting()));
  }

  private FaultProxy.Strike strike(
      Fault fault, Scenario scenario, Shop direct, List<List<String>> states) {
    return switch (fault) {
      case CUT_BEFORE -> FaultProxy::cutBefore;
      case CUT_AFTER -> FaultProxy::cutAfter;
      case REFUSED -> FaultProxy::refuse;
      case TASK_MANAGER -> passing(cluster::replaceTaskManager);
      case CANCELLED -> passing(cluster::cancelJobs);
      case TAKEN_OVER ->
          passing(
              () -> {
                takeOver(scenario, direct);
                states.add(PublishedStates.now(direct.database()));
              });
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
    try {
      cluster.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
