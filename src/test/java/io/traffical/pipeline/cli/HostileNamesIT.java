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

/** Names, arguments and schemas that mean harm. Test names begin with the fault's row. */
@ExtendWith(SharedCluster.ForJobs.class)
class HostileNamesIT {
  private final Shop shop = new Shop().fill(40, 6);
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

  private Invocation run() {
    return traffical("run", "--to", Shop.hour(6).toString());
  }

  @Test
  void h1_keysOfPoliciesAreDataHoweverTheyLook() {
    List<String> keys =
        List.of(
            "x\"(i int); drop table src.orders; --",
            "'; drop schema src cascade; --",
            "../../etc/passwd",
            "😀",
            "$$",
            "k".repeat(200),
            "k".repeat(199) + "l");
    StringBuilder policies = new StringBuilder("policies:\n");
    for (String key : keys) {
      policies
          .append("  '")
          .append(key.replace("'", "''"))
          .append("': { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt:")
          .append(" 2026-01-01T00:00:00Z, metrics: [orders] }\n");
      shop.database()
          .execute(
              "INSERT INTO src.exposures SELECT user_id, assigned_at, '%s', variant FROM src.exposures WHERE policy = 'pricing'"
                  .formatted(key.replace("'", "''")));
    }
    shop.replace("policies:\n", policies.toString());
    List<String> source = shop.source();

    Invocation run = run();

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(shop.source()).isEqualTo(source);
    assertThat(
            shop.database()
                .rows(
                    "SELECT policy_key FROM traffical.assignments GROUP BY 1 HAVING count(*) = 40"))
        .containsAll(keys)
        .hasSize(keys.size() + 1);
    assertThat(
            shop.database()
                .rows(
                    "SELECT count(*) FROM pg_inherits WHERE inhparent ="
                        + " 'traffical.assignments'::regclass"))
        .containsExactly(Integer.toString(keys.size() + 1));
    for (String key : keys) {
      assertThat(traffical("results", key).out()).as(key).startsWith(key + ", as of ");
    }
  }

  @Test
  void h1_keysThatNoRowCanHaveAreRefused() {
    for (String key : List.of("''", "\"a\\0b\"", "k".repeat(300))) {
      shop.replace("  pricing:\n", "  " + key + ":\n");

      Invocation refused = run();

      assertThat(refused.exitCode()).as(key).isEqualTo(1);
      assertThat(refused.err()).as(key).contains("traffical.yaml:");
      shop.replace("  " + key + ":\n", "  pricing:\n");
    }
    assertThat(shop.database().rows("SELECT to_regnamespace('traffical')")).containsExactly("∅");
  }

  @Test
  void h3_timesAreParsedAndNeverPastedIntoSql() {
    for (String time : List.of("2026-01-01' OR '1'='1", "'; DROP TABLE src.orders; --", "now()")) {
      for (List<String> command :
          List.of(
              List.of("run", "--to", time),
              List.of("backfill", "--from", time),
              List.of("results", "--as-of", time))) {
        Invocation refused = traffical(command.toArray(String[]::new));
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err())
            .contains("must be a time with its zone such as 2026-01-01T00:00:00Z, found ");
      }
    }
    shop.replace("startsAt: 2026-01-01T00:00:00Z", "startsAt: \"2026-01-01' OR '1'='1\"");
    assertThat(run().exitCode()).isEqualTo(1);
  }

  @Test
  void h7_aSearchPathWithShadowsOfWhatWeUseChangesNothing() {
    Invocation plain = run();
    assertThat(plain.exitCode()).as(plain.err()).isZero();
    assertThat(run().exitCode()).isZero();
    List<String> published = shop.published();
    shop.database()
        .execute(
            """
            DROP SCHEMA traffical CASCADE;
            -- Behind pg_catalog, where a better match of the types still wins.
            CREATE SCHEMA evil;
            ALTER DATABASE %s SET search_path = evil;
            CREATE TABLE evil.runs (run_id text, status text);
            CREATE TABLE evil.assignments (policy_key text);
            CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '2001-01-01Z' $$;
            CREATE FUNCTION evil.count(text) RETURNS bigint LANGUAGE sql AS $$ SELECT 7::bigint $$;
            CREATE FUNCTION evil.starts_with(name, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
            CREATE FUNCTION evil.zero(numeric, integer) RETURNS numeric LANGUAGE sql AS $$ SELECT 0::numeric $$;
            CREATE FUNCTION evil.zero(interval, bigint) RETURNS interval LANGUAGE sql AS $$ SELECT interval '0' $$;
            CREATE FUNCTION evil.zero(integer, interval) RETURNS interval LANGUAGE sql AS $$ SELECT interval '0' $$;
            CREATE FUNCTION evil.never(text, varchar) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
            CREATE FUNCTION evil.never(name, varchar) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
            CREATE OPERATOR evil.* (LEFTARG = numeric, RIGHTARG = integer, FUNCTION = evil.zero);
            CREATE OPERATOR evil.* (LEFTARG = interval, RIGHTARG = bigint, FUNCTION = evil.zero);
            CREATE OPERATOR evil.* (LEFTARG = integer, RIGHTARG = interval, FUNCTION = evil.zero);
            CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = varchar, FUNCTION = evil.never);
            CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = varchar, FUNCTION = evil.never);
            """
                .formatted(shop.database().name()));

    Invocation shadowed = run();

    assertThat(shadowed.exitCode()).as(shadowed.err()).isZero();
    assertThat(run().exitCode()).as("with watermarks").isZero();
    assertThat(shop.published()).isEqualTo(published);
    assertThat(shop.database().rows("SELECT count(*) FROM evil.runs")).containsExactly("0");
    assertThat(traffical("freshness").out()).contains("visits");
    assertThat(traffical("results").out()).startsWith("pricing, as of 2026-01-01T06:00:00Z");
  }

  @Test
  void h8_whatIsKeptOfTheSqlHasNoSecrets() {
    shop.replace("password: postgres", "password: canary-4711");

    assertThat(run().exitCode()).isZero();

    assertThat(
            shop.database().rows("SELECT r, d FROM traffical.runs r, traffical.run_definitions d"))
        .hasSize(3)
        .allMatch(row -> row.contains("SELECT user_id"))
        .noneMatch(row -> row.contains("4711"));
    String runId = shop.database().rows("SELECT run_id FROM traffical.runs").get(0);
    assertThat(traffical("runs", runId, "--sql").out())
        .contains("BETWEEN '2026-01-01T00:00:00Z' AND '2026-01-01T06:00:00Z'")
        .doesNotContain("4711");
  }
}
