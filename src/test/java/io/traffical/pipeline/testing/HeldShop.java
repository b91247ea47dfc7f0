package io.traffical.pipeline.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * A shop that has had a run to hour 3 and is to have one to hour 6, any number of times: {@link
 * #restore} brings the state from before back. The second run can be held while it reads and at
 * every table that it needs.
 */
public final class HeldShop implements AutoCloseable {
  /** The time up to which the second run goes, as the command line has it. */
  public static final String TO = Shop.hour(6).toString();

  private static final int LOCK = 4711;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Shop shop = new Shop().fill(300, 12);
  private final String saved = shop.database().name() + "_saved";
  private final List<String> before;
  private final List<String> after;
  private final Path file;

  /** Creates the shop, and its file in the directory; the password in it is the given text. */
  public HeldShop(Path directory, String password) {
    shop.replace("password: postgres", "password: " + password);
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.wait() RETURNS int LANGUAGE plpgsql AS $$
            BEGIN
              WHILE NOT pg_try_advisory_xact_lock_shared(%d) LOOP PERFORM pg_sleep(0.05); END LOOP;
              RETURN 1;
            END $$;
            """
                .formatted(LOCK));
    shop.replace("FROM src.orders", "FROM src.orders, src.wait() w");
    file = shop.write(directory);
    shop.run(3);
    before = shop.published();
    onServer("CREATE DATABASE %2$s TEMPLATE %1$s");
    shop.run(6);
    after = shop.published();
  }

  private void onServer(String sql) {
    String url = "jdbc:postgresql://localhost:" + shop.database().port() + "/postgres";
    try (Connection connection = DriverManager.getConnection(url, "postgres", "postgres");
        Statement statement = connection.createStatement()) {
      statement.execute(sql.formatted(shop.database().name(), saved));
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Brings back the state from before the second run. */
  public void restore() {
    onServer("DROP DATABASE %1$s WITH (FORCE)");
    onServer("CREATE DATABASE %1$s TEMPLATE %2$s");
  }

  /** Returns the shop. */
  public Shop shop() {
    return shop;
  }

  /** Returns the file. */
  public Path file() {
    return file;
  }

  /** Returns what was published before the second run. */
  public List<String> before() {
    return before;
  }

  /** Returns what a second run publishes that nothing happens to. */
  public List<String> after() {
    return after;
  }

  /** Does not let a run read orders until the connection is closed. */
  public Connection holdReading() {
    return hold("SELECT pg_advisory_xact_lock(" + LOCK + ")");
  }

  /** Does not let a run write into a table until the connection is closed. */
  public Connection holdTable(String table) {
    return hold("LOCK TABLE " + table + " IN SHARE MODE");
  }

  private Connection hold(String sql) {
    try {
      Connection connection = shop.database().connect();
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
      return connection;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until a run reads orders and is held. */
  public void awaitReading() {
    await().atMost(PATIENCE).until(() -> !backends("query LIKE '%src.wait()%'").isEmpty());
  }

  /** Waits until a run is held at a table. */
  public void awaitLock() {
    await().atMost(PATIENCE).until(() -> !backends("wait_event_type = 'Lock'").isEmpty());
  }

  /** Returns the program's busy backends for which the condition holds. */
  public List<String> backends(String condition) {
    return shop.database()
        .rows(
            "SELECT pid, query FROM pg_stat_activity WHERE application_name = 'traffical' AND"
                + " datname = current_database() AND state <> 'idle' AND "
                + condition);
  }

  /** Returns the staging tables, those of the units' assignments first. */
  public List<String> staging() {
    return shop.database()
        .rows("SELECT relname FROM pg_class WHERE starts_with(relname, '_s_') ORDER BY 1");
  }

  /** Writes a file for runs that reach the database through another port, and returns it. */
  public Path through(int port, Path directory) {
    try {
      String from = "port: " + shop.database().port();
      return Files.writeString(
          directory.resolve("through.yaml"), shop.file().replace(from, "port: " + port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns status and error of the newest run. */
  public String newestRun() {
    return shop.database()
        .rows("SELECT status, error FROM traffical.runs ORDER BY started_at DESC LIMIT 1")
        .get(0);
  }

  /** Waits until the newest run has ended and returns its status and error. */
  public String awaitEnd() {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                shop.database()
                        .rows("SELECT 1 FROM traffical.runs WHERE status = 'running'")
                        .isEmpty()
                    && shop.database().rows("SELECT run_id FROM traffical.runs").size() > 1);
    return newestRun();
  }

  /** Lets the lease of a run that died expire. */
  public void expireLease() {
    shop.database()
        .execute(
            "UPDATE traffical.runs SET heartbeat_at = heartbeat_at - interval '61 s' WHERE status ="
                + " 'running'");
  }

  @Override
  public void close() {
    onServer("DROP DATABASE IF EXISTS %2$s WITH (FORCE)");
    shop.close();
  }
}
