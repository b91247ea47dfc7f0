package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a dropped policy leaves behind: nothing, and the others as they were. */
@ExtendWith(SharedCluster.ForJobs.class)
class DropIT {
  /** A second policy over the same units, whose key no identifier could have. */
  private static final String OTHER = "Other \"; drop table x; --";

  private static final String OTHER_LINES =
      """
        'Other "; drop table x; --':
          entity: user
          allocations: { a: 0.5, b: 0.5 }
          startsAt: 2026-01-01T02:00:00Z
          metrics: [visited]
      """;

  private final Shop shop = new Shop().fill(400, 12);
  @TempDir private Path directory;

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  private Invocation traffical(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.add("-c");
    all.add(shop.write(directory).toString());
    return Invocation.of(all.toArray(String[]::new));
  }

  private void run(int hour) {
    Invocation run = traffical("run", "--to", Shop.hour(hour).toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  private void addOther() {
    shop.replace("policies:\n", "policies:\n" + OTHER_LINES);
    shop.database()
        .execute(
            "INSERT INTO src.exposures SELECT user_id, assigned_at, 'Other \"; drop table x; --',"
                + " variant FROM src.exposures");
  }

  /** Everything that mentions a policy, and what the windows held; without run ids and times. */
  private List<String> contents() {
    List<String> rows = new ArrayList<>();
    for (String table :
        List.of(
            "assignments",
            "metric_sets",
            "unit_total_sets",
            "unit_outcome_sets",
            "watermarks",
            "metric_results",
            "policy_health",
            "policy_health_events",
            "definition_users",
            "window_reads")) {
      rows.addAll(
          shop.database()
              .rows(
                  "SELECT '%s', to_jsonb(t) - 'run_id' - 'computed_at' - 'read_at' - 'recorded_at' FROM traffical.%1$s t ORDER BY 2"
                      .formatted(table)));
    }
    rows.addAll(
        shop.database()
            .rows(
                "SELECT 'relation', relname FROM pg_class WHERE relnamespace ="
                    + " 'traffical'::regnamespace ORDER BY relname COLLATE \"C\""));
    return rows;
  }

  /** All that is published, but for how the other policy came to be where it is. */
  private List<String> publishedOfDropped() {
    return shop.published().stream()
        .filter(row -> !row.startsWith("watermark ") || row.contains("pricing"))
        .toList();
  }

  private void startOver() {
    shop.database().execute("DROP SCHEMA traffical CASCADE");
  }

  @Test
  void droppedAndRunAgainAPolicyEqualsOneThatWasNeverDropped() {
    addOther();
    run(6);
    run(9);
    List<String> sourceBefore = shop.source();

    Invocation dropped = traffical("drop", "pricing");

    assertThat(dropped.exitCode()).as(dropped.err()).isZero();
    assertThat(dropped.err())
        .endsWith("Policy pricing is still in the file: the next run computes it again.\n");
    assertThat(dropped.out())
        .isEqualTo(
            """
            table_name         rows
            assignments         308
            unit_total_sets     205
            unit_outcome_sets   245
            metric_sets           3
            watermarks            4
            metric_results       12
            policy_health         1
            definition_users      4
            window_reads          9
            """);
    assertThat(contents()).noneMatch(row -> row.contains("pricing"));
    assertThat(shop.database().rows("SELECT DISTINCT name FROM traffical.window_reads ORDER BY 1"))
        .as("whose windows are remembered")
        .containsExactly("exposures", "visits");
    assertThat(shop.source()).isEqualTo(sourceBefore);
    assertThat(
            shop.database()
                .rows(
                    "SELECT command, status FROM traffical.runs ORDER BY started_at DESC LIMIT 1"))
        .containsExactly("drop|succeeded");
    assertThat(traffical("results", "pricing").exitCode()).isEqualTo(0);

    run(9);
    List<String> published = publishedOfDropped();
    startOver();
    run(9);
    assertThat(published).isEqualTo(publishedOfDropped());
  }

  @Test
  void theOthersStayAsTheyAre() {
    addOther();
    run(6);
    shop.replace(OTHER_LINES, "");
    startOver();
    run(6);
    List<String> alone = contents();
    shop.replace("policies:\n", "policies:\n" + OTHER_LINES);
    startOver();
    run(6);

    Invocation dropped = traffical("drop", OTHER);

    assertThat(dropped.exitCode()).as(dropped.err()).isZero();
    assertThat(contents()).isEqualTo(alone);
  }

  @Test
  void aPolicyThatHasLeftTheFileCanBeDroppedAndUntilThenKeepsItsWindows() {
    addOther();
    run(6);
    shop.replace(OTHER_LINES, "");
    run(7);
    assertThat(contents()).anyMatch(row -> row.contains("drop table"));
    assertThat(traffical("drop", "pricing").exitCode()).isZero();
    assertThat(shop.database().rows("SELECT count(*) FROM traffical.window_reads"))
        .as("the windows of visits may be those of the policy that is left")
        .containsExactly("21");

    Invocation dropped = traffical("drop", OTHER, "--format", "json");

    assertThat(dropped.exitCode()).as(dropped.err()).isZero();
    assertThat(dropped.err()).isEmpty();
    assertThat(dropped.out())
        .contains("\"table_name\" : \"watermarks\"", "\"table_name\" : \"window_reads\"");
    assertThat(contents()).allMatch(row -> row.startsWith("relation|"));
    assertThat(contents()).noneMatch(row -> row.startsWith("relation|_"));
  }

  @Test
  void aPolicyThatIsNotThereIsRefusedAndThoseThatAreAreNamed() {
    assertThat(traffical("drop", "pricing"))
        .isEqualTo(
            new Invocation(
                1, "", "ERROR traffical drop: nothing is stored of policy \"pricing\"\n"));
    assertThat(shop.database().rows("SELECT to_regnamespace('traffical')")).containsExactly("∅");
    run(3);

    assertThat(traffical("drop", "nothing like it"))
        .isEqualTo(
            new Invocation(
                1,
                "",
                "ERROR traffical drop: unknown policy \"nothing like it\"; there is pricing\n"));
  }

  /** A first run makes partitions before it has anything to put into them. */
  @Test
  void aPolicyWhoseFirstRunFailedHasEmptyPartitionsThatCanBeDropped() {
    addOther();
    run(0); // which makes the tables, and reads nothing
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON traffical.metric_results
              FOR EACH ROW EXECUTE FUNCTION src.refuse();
            """);
    assertThat(traffical("run", "--to", Shop.hour(3).toString()).exitCode()).isEqualTo(4);
    assertThat(partitions()).hasSize(6);
    shop.replace(OTHER_LINES, "");

    assertThat(traffical("drop", "nothing like it").err())
        .isEqualTo(
            "ERROR traffical drop: unknown policy \"nothing like it\"; there is Other \"; drop"
                + " table x; -- and pricing\n");
    assertThat(traffical("drop", OTHER).exitCode()).isZero();

    assertThat(partitions())
        .containsExactly("_p_pricing_assignments", "_p_pricing_outcomes", "_p_pricing_totals");
    assertThat(traffical("drop", "pricing").exitCode()).isZero();
    assertThat(partitions()).isEmpty();
  }

  private List<String> partitions() {
    return shop.database()
        .rows(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE"
                + " c.relkind = 'r' AND c.relnamespace = 'traffical'::regnamespace ORDER BY"
                + " c.relname COLLATE \"C\"");
  }

  @Test
  void whileARunIsActiveNothingIsDropped() {
    run(3);
    List<String> before = contents();
    shop.database()
        .execute(
            "INSERT INTO traffical.runs (run_id, command, status, started_at, heartbeat_at, owner)"
                + " VALUES ('r', 'run', 'running', now(), now(), 'somebody')");

    Invocation busy = traffical("drop", "pricing");

    assertThat(busy.exitCode()).isEqualTo(5);
    assertThat(busy.out()).isEmpty();
    assertThat(busy.err()).startsWith("ERROR BUSY ").contains("run r by somebody is active for");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void whatCannotBeRemovedWholeStaysWholeAndTheLeaseIsGivenBack() {
    run(3);
    List<String> before = contents();
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
            CREATE TRIGGER refuse BEFORE DELETE ON traffical.policy_health
              FOR EACH ROW EXECUTE FUNCTION src.refuse();
            """);

    Invocation failed = traffical("drop", "pricing");

    assertThat(failed.exitCode()).isEqualTo(4);
    assertThat(failed.err()).contains("not this one");
    assertThat(contents()).isEqualTo(before);
    assertThat(shop.database().rows("SELECT count(*) FROM traffical.runs WHERE status = 'running'"))
        .containsExactly("0");
  }
}
