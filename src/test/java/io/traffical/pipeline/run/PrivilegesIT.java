package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TcpProxy;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs with no more than the documented grants, and what is said when one of them is missing. The
 * role has access to the source and nothing else unless a test grants more.
 */
@ExtendWith(SharedCluster.ForJobs.class)
class PrivilegesIT {
  private Shop shop;
  private String database;
  private String role;

  @BeforeEach
  void createRole() {
    shop = new Shop().fill(300, 12);
    database = shop.database().name();
    role = "runs_" + database;
    execute(
        """
        CREATE ROLE ${role} LOGIN PASSWORD 'canary-4711';
        GRANT CONNECT ON DATABASE ${database} TO ${role};
        GRANT USAGE ON SCHEMA src TO ${role};
        GRANT SELECT ON ALL TABLES IN SCHEMA src TO ${role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA src GRANT SELECT ON TABLES TO ${role};
        """);
    shop.replace(
        "username: postgres, password: postgres", "username: " + role + ", password: canary-4711");
  }

  @AfterEach
  void drop() {
    execute("DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}");
    shop.close();
  }

  private void execute(String sql) {
    shop.database().execute(sql.replace("${role}", role).replace("${database}", database));
  }

  private List<String> rows(String sql) {
    return shop.database().rows(sql.replace("${role}", role));
  }

  private RunFailure refused() {
    RunFailure failure = catchThrowableOfType(RunFailure.class, () -> shop.run(6));
    assertThat(failure).as("the run is refused").isNotNull();
    assertThat(failure.getMessage()).doesNotContain("canary-4711");
    return failure;
  }

  private String place() {
    return "host=localhost:%d/%s user=%s: ".formatted(shop.database().port(), database, role);
  }

  private static String hint(String message) {
    return message.substring(message.indexOf("| hint: ") + "| hint: ".length());
  }

  private void assertSucceeds(double hour) {
    RunReport report = shop.run(hour);
    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
  }

  private void assertEqualsARunOfTheSuperuser(double hour) {
    List<String> published = resultsAndAssignments();
    execute("ALTER SCHEMA traffical RENAME TO traffical_before");
    shop.replace("username: " + role, "username: postgres");
    assertSucceeds(hour);
    assertThat(published).isEqualTo(resultsAndAssignments());
  }

  private List<String> resultsAndAssignments() {
    return shop.published().stream()
        .filter(row -> row.startsWith("result") || row.startsWith("assignment"))
        .toList();
  }

  @Test
  void b1_createOnTheDatabaseIsEnoughAndTheRoleOwnsItsSchema() {
    execute("GRANT CREATE ON DATABASE ${database} TO ${role}");
    List<String> source = shop.source();

    assertSucceeds(6);
    assertSucceeds(12);

    assertThat(rows("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'traffical'"))
        .containsExactly(role);
    assertThat(shop.source()).isEqualTo(source);
    assertEqualsARunOfTheSuperuser(12);
  }

  @Test
  void b2_aSchemaCreatedBeforehandIsEnoughAndCreateSchemaIsNotSent() throws Exception {
    execute("CREATE SCHEMA traffical; GRANT USAGE, CREATE ON SCHEMA traffical TO ${role}");
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      proxy.cutWhenever("CREATE SCHEMA");
      shop.through(proxy.port());

      assertSucceeds(6);
      assertSucceeds(12);

      assertThat(proxy.cuts()).as("statements CREATE SCHEMA").isZero();
      shop.replace("port: " + proxy.port(), "port: " + shop.database().port());
    }
    assertThat(rows("SELECT has_database_privilege('${role}', current_database(), 'CREATE')"))
        .containsExactly("f");
    assertEqualsARunOfTheSuperuser(12);
  }

  @Test
  void b3_withoutASchemaAndTheRightToCreateOneTheHintHasBothWays() {
    String schema = "CREATE SCHEMA traffical; GRANT USAGE, CREATE ON SCHEMA traffical TO " + role;
    String create = "GRANT CREATE ON DATABASE " + database + " TO " + role;

    RunFailure failure = refused();

    assertThat(failure.kind()).isEqualTo(RunFailure.Kind.PERMISSION);
    assertThat(failure)
        .hasMessage(
            "PERMISSION [42501] "
                + place()
                + "schema traffical does not exist, and role "
                + role
                + " may not create it in database "
                + database
                + " | hint: as a privileged user run "
                + create
                + "; or create it yourself: "
                + schema);
    assertThat(rows("SELECT 1 FROM pg_namespace WHERE nspname = 'traffical'")).isEmpty();
    execute(create);
    assertSucceeds(6);
    execute("DROP SCHEMA traffical CASCADE; REVOKE CREATE ON DATABASE ${database} FROM ${role}");
    execute(schema);
    assertSucceeds(6);
  }

  @Test
  void b3_aSchemaWithoutGrantsSaysWhichAndWhoseItIs() {
    execute("CREATE SCHEMA traffical");

    RunFailure failure = refused();

    assertThat(failure.kind()).isEqualTo(RunFailure.Kind.PERMISSION);
    assertThat(failure)
        .hasMessage(
            "PERMISSION [42501] %srole %s lacks USAGE and CREATE on schema traffical, whose owner is postgres | hint: as its owner run GRANT USAGE, CREATE ON SCHEMA traffical TO %s"
                .formatted(place(), role, role));
    execute("GRANT USAGE, CREATE ON SCHEMA traffical TO ${role}");
    assertSucceeds(6);
  }

  @Test
  void b4_withoutSelectOnOneTableOnlyItsDefinitionFailsAndTheHintIsTheGrant() {
    execute("GRANT CREATE ON DATABASE ${database} TO ${role}");
    execute("REVOKE SELECT ON src.visits FROM ${role}");

    RunReport partial = shop.run(6);

    assertThat(partial.status()).isEqualTo("partial");
    assertThat(partial.error())
        .isEqualTo(
            "fact visits: PERMISSION [42501]: permission denied for table visits | hint: GRANT"
                + " SELECT ON src.visits TO "
                + role);
    assertThat(rows("SELECT DISTINCT metric_key FROM traffical.latest_results ORDER BY 1"))
        .containsExactly("orders", "revenue");
    execute(hint(partial.error()));
    assertSucceeds(12);
    assertEqualsARunOfTheSuperuser(12);
  }

  @Test
  void b4_aTableThatAnotherRoleCreatedLaterIsNotCoveredByDefaultPrivileges() {
    execute(
        """
        GRANT CREATE ON DATABASE ${database} TO ${role};
        CREATE ROLE other_${database};
        GRANT USAGE, CREATE ON SCHEMA src TO other_${database};
        SET ROLE other_${database};
        CREATE TABLE src."Returns" (user_id text, event_time timestamptz, amount numeric);
        """);
    shop.addFact(
        "returned",
        "SELECT user_id, event_time, amount FROM src.\"Returns\"\n"
            + "WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'");
    try {
      RunReport partial = shop.run(6);

      assertThat(partial.status()).isEqualTo("partial");
      assertThat(partial.error())
          .isEqualTo(
              "fact returned: PERMISSION [42501]: permission denied for table Returns | hint: GRANT"
                  + " SELECT ON src.\"Returns\" TO "
                  + role);
      execute(hint(partial.error()));
      assertSucceeds(6);
    } finally {
      execute(
          "REASSIGN OWNED BY other_${database} TO postgres; DROP OWNED BY other_${database};"
              + " DROP ROLE other_${database}");
    }
  }

  @Test
  void b4_withoutUsageOnTheSchemaTheHintGrantsIt() {
    execute("GRANT CREATE ON DATABASE ${database} TO ${role}");
    execute("REVOKE USAGE ON SCHEMA src FROM ${role}; REVOKE SELECT ON src.exposures FROM ${role}");

    RunReport failed = shop.run(6);

    assertThat(failed.status()).isEqualTo("failed");
    assertThat(failed.error())
        .startsWith(
            "assignment exposures: PERMISSION [42501]: permission denied for schema src | hint:"
                + " GRANT USAGE ON SCHEMA src TO %1$s; GRANT SELECT ON src.exposures TO %1$s"
                    .formatted(role));
  }

  @Test
  void b6_aTableOfAnotherRoleIsNamedAndLeftAlone() {
    execute(
        """
        CREATE SCHEMA traffical;
        GRANT USAGE, CREATE ON SCHEMA traffical TO ${role};
        CREATE TABLE traffical.runs (note text);
        INSERT INTO traffical.runs VALUES ('mine');
        GRANT ALL ON traffical.runs TO ${role};
        """);

    RunFailure failure = refused();

    assertThat(failure.kind()).isEqualTo(RunFailure.Kind.PERMISSION);
    assertThat(failure)
        .hasMessage(
            "PERMISSION [42501] %straffical.runs belongs to role postgres, not to %s; it is left as it is | hint: if an earlier role of this program made it: ALTER TABLE traffical.runs OWNER TO %s, and the same for what else postgres owns there; else rename it, or name another schema with schema: in the file"
                .formatted(place(), role, role));
    assertThat(rows("SELECT * FROM traffical.runs")).containsExactly("mine");
    assertThat(rows("SELECT relname FROM pg_class WHERE relnamespace = 'traffical'::regnamespace"))
        .containsExactly("runs");
    execute("ALTER TABLE traffical.runs RENAME TO runs_of_others");
    assertSucceeds(6);
    assertThat(rows("SELECT * FROM traffical.runs_of_others")).containsExactly("mine");
  }

  @Test
  void b6_aTableOfItsOwnThatIsNotTheProgramsIsNamedAndLeftAlone() {
    execute(
        """
        CREATE SCHEMA traffical AUTHORIZATION ${role};
        SET ROLE ${role};
        CREATE TABLE traffical.assignments (note text);
        """);

    RunFailure failure = refused();

    assertThat(failure.kind()).isEqualTo(RunFailure.Kind.CONFIG);
    assertThat(failure)
        .hasMessage(
            "CONFIG %sschema traffical already has traffical.assignments (owner %s), but not all of this program's tables; it is left as it is | hint: rename or drop what is there, or name another schema with schema: in the file"
                .formatted(place(), role));
    assertThat(rows("SELECT relname FROM pg_class WHERE relnamespace = 'traffical'::regnamespace"))
        .containsExactly("assignments");
    execute("ALTER TABLE traffical.assignments RENAME TO notes");
    assertSucceeds(6);
  }

  @Test
  void b6_aTableWithOtherColumnsIsNamedBeforeAnythingRuns() {
    execute("GRANT CREATE ON DATABASE ${database} TO ${role}");
    assertSucceeds(6);
    List<String> runs = rows("SELECT run_id, status FROM traffical.runs");
    execute("ALTER TABLE traffical.runs ALTER rows_read TYPE int");

    assertThat(refused())
        .hasMessage(
            "CONFIG %straffical.runs (owner %s) is not this program's: column rows_read of type bigint is of type integer | hint: mend it, or DROP SCHEMA traffical CASCADE and run again to compute everything anew"
                .formatted(place(), role));
    execute("ALTER TABLE traffical.runs ALTER rows_read TYPE bigint");
    execute("ALTER TABLE traffical.runs RENAME heartbeat_at TO beat");

    RunFailure failure = refused();

    assertThat(failure.kind()).isEqualTo(RunFailure.Kind.CONFIG);
    assertThat(failure)
        .hasMessageContaining(
            "traffical.runs (owner %s) is not this program's: column heartbeat_at of type timestamptz is missing"
                .formatted(role));
    assertThat(rows("SELECT run_id, status FROM traffical.runs")).isEqualTo(runs);
    execute("ALTER TABLE traffical.runs RENAME beat TO heartbeat_at");
    assertSucceeds(6);
  }

  @Test
  void b7_aWrongPasswordRoleOrDatabaseIsRefusedAtOnce() throws Exception {
    shop.database().requirePassword(role);
    shop.replace("password: canary-4711", "password: wrong");
    assertRefusedOnce("PERMISSION [28P01]");
    shop.replace("username: " + role, "username: nobody_of_that_name");
    assertRefusedOnce("PERMISSION [28000]");
    shop.replace("username: nobody_of_that_name", "username: postgres");
    shop.replace("database: " + database, "database: no_such_database");
    assertRefusedOnce("PERMISSION [3D000]");
  }

  private void assertRefusedOnce(String beginning) throws Exception {
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      RunFailure failure = refused();
      assertThat(failure.kind()).isEqualTo(RunFailure.Kind.PERMISSION);
      assertThat(failure).hasMessageStartingWith(beginning + " host=localhost:");
      assertThat(proxy.connections()).as("tries").isEqualTo(1);
      shop.replace("port: " + proxy.port(), "port: " + shop.database().port());
    }
  }

  @Test
  void b8_aTargetThatIsReadOnlyIsRefusedBeforeAnythingIsRead() {
    execute("GRANT CREATE ON DATABASE ${database} TO ${role}");
    execute("ALTER ROLE ${role} SET default_transaction_read_only = on");

    RunFailure failure = refused();

    assertThat(failure.kind()).isEqualTo(RunFailure.Kind.CONFIG);
    assertThat(failure)
        .hasMessageStartingWith(
            "CONFIG [25006] "
                + place()
                + "target is read-only (default_transaction_read_only is on) | hint: let connection"
                + " name the primary; if it is, ");
    assertThat(rows("SELECT 1 FROM pg_namespace WHERE nspname = 'traffical'")).isEmpty();
    execute("ALTER ROLE ${role} SET default_transaction_read_only = off");
    assertSucceeds(6);
  }

  @Test
  void h6_sqlThatReadsFilesOfTheServerIsRefused() {
    execute("GRANT CREATE ON DATABASE ${database} TO ${role}");
    shop.orders(
        "SELECT user_id, event_time, length(pg_read_file('PG_VERSION'))::numeric AS amount\n"
            + "FROM src.orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'");

    RunReport partial = shop.run(6);

    assertThat(partial.status()).isEqualTo("partial");
    assertThat(partial.error())
        .isEqualTo(
            "fact orders: PERMISSION [42501]: permission denied for function pg_read_file | hint:"
                + " take what the message names out of the sql, or let its owner grant it");
  }

  @Test
  void h6_sqlThatWritesBehindTheTransactionIsRefused() {
    execute("GRANT CREATE ON DATABASE ${database} TO ${role}; CREATE EXTENSION dblink SCHEMA src");
    String from = " FROM src.orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'";
    shop.addFact("lo", "SELECT user_id, event_time, lo_creat(-1)::bigint AS amount" + from);
    shop.addFact(
        "looped",
        "SELECT user_id, event_time, length(src.dblink_exec('dbname="
            + database
            + " port="
            + shop.database().port()
            + " host=localhost', 'DROP TABLE src.visits'))::numeric AS amount"
            + from);

    RunReport partial = shop.run(6);

    assertThat(partial.status()).isEqualTo("partial");
    assertThat(partial.error().lines())
        .hasSize(2)
        .anyMatch(
            line ->
                line.endsWith(
                    "DEFINITION [25006]: cannot execute lo_creat() in a read-only transaction"))
        .anyMatch(line -> line.contains("DEFINITION [2F003]: password"));
  }

  /** Nothing stops a role from ending its own sessions: the run fails, and nothing else happens. */
  @Test
  void h6_sqlThatEndsItsOwnSessionPublishesNothing() {
    execute("GRANT CREATE ON DATABASE ${database} TO ${role}");
    assertSucceeds(6);
    List<String> before = shop.published();
    shop.orders(
        "SELECT user_id, event_time, pg_terminate_backend(pg_backend_pid())::int AS amount\n"
            + "FROM src.orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'");

    assertThat(catchThrowableOfType(RunFailure.class, () -> shop.run(7)))
        .returns(RunFailure.Kind.UNAVAILABLE, RunFailure::kind)
        .hasMessageStartingWith("UNAVAILABLE [08006] definition=fact orders window=[2026-01-01T");
    assertThat(shop.published()).isEqualTo(before);
  }

  @Test
  void rowsThatAPolicyHidesAreAnErrorAndNotMissingRows() {
    execute(
        """
        GRANT CREATE ON DATABASE ${database} TO ${role};
        ALTER TABLE src.orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY most ON src.orders USING (user_id <> 'u1');
        """);

    RunReport partial = shop.run(6);

    assertThat(partial.status()).isEqualTo("partial");
    assertThat(partial.error())
        .isEqualTo(
            "fact orders: PERMISSION [42501]: query would be affected by row-level security policy"
                + " for table \"orders\" | hint: ALTER ROLE "
                + role
                + " BYPASSRLS, or read a view of src.orders that its owner postgres has made; rows"
                + " that a policy hides would be missing in every number");
    execute(
        "CREATE VIEW src.all_orders AS SELECT * FROM src.orders; GRANT SELECT ON src.all_orders TO"
            + " ${role}");
    shop.replace("FROM src.orders", "FROM src.all_orders");
    assertSucceeds(6);
    shop.replace("FROM src.all_orders", "FROM src.orders");
    execute("ALTER ROLE ${role} BYPASSRLS");
    assertSucceeds(12);
    assertEqualsARunOfTheSuperuser(12);
  }

  @Test
  void aSecondRoleThatOnlySelectsCanDoTheReading() {
    execute(
        """
        CREATE ROLE reads_${database} LOGIN PASSWORD 'canary-4712';
        GRANT CONNECT ON DATABASE ${database} TO reads_${database};
        GRANT USAGE ON SCHEMA src TO reads_${database};
        GRANT SELECT ON ALL TABLES IN SCHEMA src TO reads_${database};
        REVOKE ALL ON ALL TABLES IN SCHEMA src FROM ${role};
        REVOKE ALL ON SCHEMA src FROM ${role};
        GRANT CREATE ON DATABASE ${database} TO ${role};
        """);
    shop.replace(
        "pipeline: {",
        "source: { username: reads_" + database + ", password: canary-4712 }\npipeline: {");
    try {
      assertSucceeds(6);
      assertSucceeds(12);
      assertThat(
              rows("SELECT has_schema_privilege('reads_" + database + "', 'traffical', 'USAGE')"))
          .containsExactly("f");
      assertEqualsARunOfTheSuperuser(12);
    } finally {
      execute("DROP OWNED BY reads_${database} CASCADE; DROP ROLE reads_${database}");
    }
  }
}
