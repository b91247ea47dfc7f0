package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** One screen for people, and one exit code for probes. */
@ExtendWith(SharedCluster.ForJobs.class)
class StatusIT {
  private final Shop shop = new Shop();
  private final Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
  @TempDir private Path directory;

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  private Invocation traffical(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(List.of("-c", shop.write(directory).toString()));
    return Invocation.of(all.toArray(String[]::new));
  }

  private Instant ago(int hours) {
    return hour.minus(Duration.ofHours(hours));
  }

  @Test
  void showsHowThingsAreOnOneScreenAndEndsWith10WhenTheyAreNotFresh() throws Exception {
    shop.replace("startsAt: 2026-01-01T00:00:00Z", "startsAt: " + ago(10))
        .replace("window: 1h", "delay: 0s, window: 1h");

    Invocation nothing = traffical("status", "--check");
    assertThat(nothing.exitCode()).isEqualTo(10);
    assertThat(nothing.out().lines().toList())
        .hasSize(3)
        .first()
        .asString()
        .matches("schema traffical: no tables yet, NOT FRESH at [-0-9T:]+Z");
    assertThat(nothing.out()).endsWith("no run is active\na window is due since " + ago(9) + "\n");
    assertThat(traffical("status").exitCode()).as("only with --check").isZero();

    assertThat(traffical("run", "--to", ago(0).toString()).exitCode()).isZero();
    Invocation fresh = traffical("status", "--check");
    assertThat(fresh.exitCode()).as(fresh.out()).isZero();
    assertThat(fresh.err()).isEmpty();
    assertThat(fresh.out())
        .contains("schema traffical: version 4, fresh at ", "no run is active\n")
        .containsPattern("(the next window is due at|a window is due since) " + ago(-1))
        .containsPattern("run_id +status +range_end +started_at +rows_read +error")
        .containsPattern("[0-9a-f-]{36} +succeeded +" + hour)
        .containsPattern("fact +visits +.* +healthy\n")
        .containsPattern("pricing +" + hour + " +warn +allocation_floor warn, exposures warn");

    JsonNode json = new ObjectMapper().readTree(traffical("status", "--format", "json").out());
    assertThat(json).hasSize(1);
    assertThat(json.get(0).fieldNames())
        .toIterable()
        .containsExactly(
            "schema",
            "schema_version",
            "read_at",
            "fresh",
            "next_due_at",
            "source_lag",
            "active",
            "runs",
            "definitions",
            "policies");
    assertThat(json.get(0).get("fresh").asBoolean()).isTrue();
    assertThat(json.get(0).get("next_due_at").asText()).isEqualTo(ago(-1).toString());
    assertThat(json.get(0).get("definitions")).hasSize(3);

    shop.database()
        .execute(
            "UPDATE traffical.watermarks SET window_end = window_end - interval '4 hours'; UPDATE"
                + " traffical.definition_users SET starts_at = starts_at - interval '4 hours'");
    Invocation stale = traffical("status", "--check");
    assertThat(stale.exitCode()).isEqualTo(10);
    assertThat(stale.out())
        .contains("NOT FRESH", "a window is due since " + ago(3))
        .containsPattern("fact +orders +.* +stale\n");
  }

  @Test
  void showsTheActiveRunItsProgressAndAReplicasLag() {
    assertThat(traffical("run", "--to", "2026-01-01T06:00:00Z").exitCode()).isZero();
    shop.database()
        .execute(
            """
            UPDATE traffical.runs SET source_lag = interval '32 s';
            INSERT INTO traffical.runs (run_id, command, status, started_at, heartbeat_at, owner, slices, slices_started)
            VALUES ('1', 'run', 'running', now() - interval '65 s', now() - interval '3 s', 'a@b pid 7', 12, 3);
            """);

    assertThat(traffical("status").out())
        .containsPattern("run 1 by a@b pid 7 is active for 00:01:0[0-9]*, slice 3 of 12\n");

    shop.database()
        .execute(
            """
            UPDATE traffical.runs SET heartbeat_at = now() - interval '61 s' WHERE run_id = '1';
            UPDATE traffical.runs SET source_lag = interval '32 s';
            """);
    assertThat(traffical("status").out())
        .contains("slice 3 of 12; it gives no sign of life\n")
        .contains("the source is a replica; it was 00:00:32 behind at the last run\n");
  }

  @Test
  void tablesOfAnotherVersionAreNotFresh() {
    shop.database()
        .execute(
            "CREATE SCHEMA traffical; CREATE TABLE traffical.schema_version AS SELECT 9 AS"
                + " version");

    Invocation other = traffical("status", "--check");

    assertThat(other.exitCode()).isEqualTo(10);
    assertThat(other.out())
        .startsWith(
            "schema traffical: version 9, of which this program (4) knows nothing, NOT FRESH at ");
  }
}
