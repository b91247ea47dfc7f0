package io.traffical.pipeline.testing;

import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A database of a test's own in one Postgres server that all tests of the JVM share. The server is
 * real, with fsync off unless {@code traffical.test.fsync} says otherwise, and with the settings
 * that system properties like {@code traffical.test.postgres.shared_buffers} give it; it ends with
 * the JVM.
 */
public final class TestDatabase implements AutoCloseable {
  private static final String SETTING = "traffical.test.postgres.";
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static EmbeddedPostgres server;

  private final int port;
  private final String name;
  private final Watch watch = new Watch(this);
  private Shop shop;

  private TestDatabase(int port, String name) {
    this.port = port;
    this.name = name;
  }

  /** Creates an empty database. */
  public static TestDatabase create() {
    return createOn(server().getPort());
  }

  /** Creates an empty database on another server. */
  static TestDatabase createOn(int port) {
    String name = "test_" + NUMBER.incrementAndGet();
    on(port, "postgres").executeUnseen("CREATE DATABASE " + name);
    return new TestDatabase(port, name);
  }

  /** Creates a database with the same contents; nobody may be connected to this one. */
  TestDatabase copy() {
    String copy = "test_" + NUMBER.incrementAndGet();
    on(port, "postgres").execute("CREATE DATABASE " + copy + " TEMPLATE " + name);
    return new TestDatabase(port, copy);
  }

  /** Returns a database of another server that is there. */
  static TestDatabase on(int port, String name) {
    return new TestDatabase(port, name);
  }

  private static synchronized EmbeddedPostgres server() {
    if (server == null) {
      try {
        EmbeddedPostgres.Builder builder =
            EmbeddedPostgres.builder()
                .setServerConfig("max_connections", "200")
                .setServerConfig("password_encryption", "scram-sha-256")
                .setServerConfig("fsync", System.getProperty("traffical.test.fsync", "off"))
                .setServerConfig("max_wal_size", "4GB");
        for (String property : System.getProperties().stringPropertyNames()) {
          if (property.startsWith(SETTING)) {
            builder.setServerConfig(
                property.substring(SETTING.length()), System.getProperty(property));
          }
        }
        server = builder.start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return server;
  }

  /** Opens a connection as the superuser. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://localhost:" + port + "/" + name, "postgres", "postgres");
  }

  /** Returns the database's name. */
  public String name() {
    return name;
  }

  /** Returns the server's port on localhost. */
  public int port() {
    return port;
  }

  /**
   * Says that the program is about to work here, for tests that do not say so by a {@link Shop}.
   */
  public void beforeRun() {
    if (Aftermath.isAwaited()) {
      Aftermath.expect(this);
      watch.begin();
    }
  }

  Watch watch() {
    return watch;
  }

  /** Returns the shop that is here; null when there is none. */
  Shop shop() {
    return shop;
  }

  void belongsTo(Shop owner) {
    shop = owner;
  }

  /** Runs statements as the superuser: all that a test itself changes. */
  public void execute(String sql) {
    watch.change(() -> executeUnseen(sql));
  }

  private void executeUnseen(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Returns the rows of a query as text, columns separated by {@code |}, null as {@code ∅}. */
  public List<String> rows(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> all = new ArrayList<>();
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
          String value = rows.getString(i);
          row.append(i == 1 ? "" : "|").append(value == null ? "∅" : value);
        }
        all.add(row.toString());
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /**
   * Lets the server ask a role for its password, which it asks nobody else for. The role must
   * exist.
   */
  public void requirePassword(String role) {
    execute(
        """
        DO $$ BEGIN EXECUTE format('COPY (SELECT unnest(ARRAY[%%L, %%L, %%L])) TO %%L',
          'host all %s all scram-sha-256', 'host all all all trust', 'local all all trust',
          current_setting('hba_file')); END $$;
        SELECT pg_reload_conf();
        """
            .formatted(role));
    await().until(() -> refuses(role));
  }

  private boolean refuses(String role) {
    try (Connection connection =
        DriverManager.getConnection(
            "jdbc:postgresql://localhost:" + port() + "/" + name, role, "not the password")) {
      return connection.isClosed();
    } catch (SQLException e) {
      return "28P01".equals(e.getSQLState());
    }
  }

  /** Drops the database with everything in it. */
  @Override
  public void close() {
    try {
      Aftermath.checkBefore(this);
    } finally {
      drop();
    }
  }

  private void drop() {
    on(port, "postgres").executeUnseen("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  }
}
