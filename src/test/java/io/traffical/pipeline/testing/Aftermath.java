package io.traffical.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What must be true after every fault, asserted after each test whose name begins with the id of a
 * row of the fault matrix, on every {@link TestDatabase} that the test has used:
 *
 * <ol>
 *   <li>A reader that polls during the fault sees what was published before or what is published
 *       after, see {@link PublishedReader}, and all rows of a run come from the transaction that
 *       ended it.
 *   <li>After the next good run the tables equal those of a run that never failed.
 *   <li>After that, and the end of the dead run's lease, no staging table, lock or session is left.
 *   <li>What is not the program's own is as the test left it, see {@link SourceState}.
 *   <li>No password is in what was printed, logged, thrown or stored, see {@link Canary}.
 * </ol>
 *
 * <p>(2) needs the definitions of a {@link Shop}, and a run that has begun: where none has, nothing
 * is stored, and the next run is a first one. A database without a shop is only asked questions, or
 * is read by a process of its own: the other four are asserted. Tests that reach no database at all
 * have nothing of this to assert but the last.
 */
public final class Aftermath implements BeforeTestExecutionCallback, AfterTestExecutionCallback {
  private static final Pattern ROW = Pattern.compile("[a-eh]\\d+_.*");
  private static final List<TestDatabase> USED = new ArrayList<>();
  private static Canary canary;

  @Override
  public void beforeTestExecution(ExtensionContext context) {
    if (ROW.matcher(context.getRequiredTestMethod().getName()).matches()) {
      canary = new Canary();
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (canary == null) {
      return;
    }
    try {
      if (context.getExecutionException().isEmpty()) {
        List.copyOf(USED).forEach(Aftermath::check);
        assertThat(Canary.leaks()).as("said with a password").isEmpty();
      }
    } finally {
      List.copyOf(USED).forEach(Aftermath::forget);
      canary.close();
      canary = null;
    }
  }

  /** Returns a password that must appear nowhere, for servers that trust whoever comes. */
  public static String password() {
    return Canary.PASSWORD;
  }

  /** Notes what the program has said, to look for passwords in it. */
  public static void hear(String said) {
    Canary.hear(said);
  }

  /** Returns whether a test of a row goes on. */
  static boolean isAwaited() {
    return canary != null;
  }

  /** Notes that the program is about to work on the database. */
  static synchronized void expect(TestDatabase database) {
    if (isAwaited() && !USED.contains(database)) {
      USED.add(database);
    }
  }

  /** Ends the watch over a database, without asserting anything. */
  static synchronized void forget(TestDatabase database) {
    USED.remove(database);
    database.watch().end();
  }

  /** Asserts all of it now: the database is about to go. */
  static void checkBefore(TestDatabase database) {
    if (isAwaited() && USED.contains(database)) {
      try {
        check(database);
      } finally {
        forget(database);
      }
    }
  }

  static void check(TestDatabase database) {
    Watch watch = database.watch();
    watch.assertSourceIsUntouched();
    Shop shop = database.shop();
    if (shop != null && hasRuns(database)) {
      expireLease(database);
      GoodRun good = new GoodRun(shop);
      List<String> healed = good.afterTheFault();
      assertNothingIsLeft(database);
      watch.assertSourceIsUntouched();
      watch.assertNothingWasTorn();
      assertThat(healed)
          .as("what is published after the next good run, against a run that never failed")
          .isEqualTo(good.withoutFault());
    }
    assertNothingIsLeft(database);
    watch.assertSourceIsUntouched();
    watch.assertNothingWasTorn();
    assertNoPasswordIsStored(database);
  }

  /** A run that died gives up its lease a minute after its last sign of life. */
  private static void expireLease(TestDatabase database) {
    database.execute(
        "UPDATE traffical.runs SET heartbeat_at = heartbeat_at - interval '61 s' WHERE status ="
            + " 'running'");
  }

  private static boolean hasRuns(TestDatabase database) {
    return !database.rows("SELECT to_regclass('traffical.runs')").contains("∅");
  }

  static void assertNothingIsLeft(TestDatabase database) {
    assertThat(
            database.rows(
                "SELECT oid::regclass FROM pg_class WHERE relname ~ '^_s_' AND relkind =" + " 'r'"))
        .as("staging tables left behind")
        .isEmpty();
    await("sessions and locks left behind")
        .untilAsserted(
            () ->
                assertThat(
                        database.rows(
                            """
                            SELECT 'session', state, query FROM pg_stat_activity
                            WHERE datname = current_database() AND application_name = 'traffical'
                            UNION ALL
                            SELECT 'lock', locktype, mode FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                            WHERE d.datname = current_database() AND l.locktype = 'advisory'
                            """))
                    .isEmpty());
  }

  static void assertNoPasswordIsStored(TestDatabase database) {
    for (String table :
        database.rows(
            "SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind = 'r' AND n.nspname ~ '^traffical'")) {
      assertThat(
              database.rows(
                  "SELECT t::text FROM %s t WHERE strpos(t::text, '%s') > 0"
                      .formatted(table, Canary.MARK)))
          .as("rows of %s with a password", table)
          .isEmpty();
    }
  }
}
