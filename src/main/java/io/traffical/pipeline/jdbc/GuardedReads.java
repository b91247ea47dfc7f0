package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.Column;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * One short read-only transaction in which the team's SQL runs. Before that SQL is seen, a snapshot
 * exists, so that it cannot switch the transaction back to read-write; and it has to be accepted as
 * a cursor, which the server grants to a single reading statement only, before it is put inside a
 * COPY.
 */
final class GuardedReads implements AutoCloseable {
  private static final String GATE = "DECLARE traffical_gate NO SCROLL CURSOR FOR\n";

  private final Connection connection;
  private final QueryWatchdog watchdog;
  private SourceClock clock;

  /** How many values come before the clock. */
  private static final int SETTINGS = 7;

  /** Begins the transaction on a connection to the source. {@link #close} ends it. */
  GuardedReads(Connection connection, Definitions definitions) throws SQLException {
    this(connection, definitions, definitions.pipeline().statementTimeout());
  }

  /** Begins it with a time limit of its own for each statement. */
  GuardedReads(Connection connection, Definitions definitions, Duration statementTimeout)
      throws SQLException {
    this.connection = connection;
    connection.setAutoCommit(false);
    int backend = begin(statementTimeout);
    watchdog = new QueryWatchdog(connection, definitions.source(), statementTimeout, backend);
  }

  /** Returns the process that serves the transaction. */
  private int begin(Duration statementTimeout) throws SQLException {
    try (Statement statement = statement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      String settings =
          "SELECT pg_catalog.pg_backend_pid(), pg_catalog.set_config('TimeZone', 'UTC', true),"
              + " pg_catalog.set_config('statement_timeout', '"
              + statementTimeout.toMillis()
              + "', true),"
              + " pg_catalog.set_config('lock_timeout', '5s', true),"
              + " pg_catalog.set_config('idle_in_transaction_session_timeout', '60s', true),"
              + " pg_catalog.set_config('row_security', 'off', true),"
              + " pg_catalog.set_config('extra_float_digits', '1', true),"
              + " "
              + SourceClock.COLUMNS;
      try (ResultSet row = statement.executeQuery(settings)) {
        row.next();
        clock = SourceClock.of(row, SETTINGS + 1);
        return row.getInt(1);
      }
    }
  }

  /** Returns up to when the source was complete as the transaction began. */
  SourceClock clock() {
    return clock;
  }

  /** Returns the columns of the statement, checked and described by the server, not run. */
  List<Column> describe(String sql) throws SQLException {
    return pass(
        sql,
        0,
        none -> {
          List<Column> columns = new ArrayList<>();
          ResultSetMetaData metadata = none.getMetaData();
          for (int i = 1; i <= metadata.getColumnCount(); i++) {
            columns.add(new Column(metadata.getColumnName(i), metadata.getColumnTypeName(i)));
          }
          return columns;
        });
  }

  /** Returns the first rows of a statement, after the same check as {@link #describe}. */
  Rows first(String sql, int limit) throws SQLException {
    return pass(sql, limit, Rows::read);
  }

  /**
   * Returns the line of a statement, from 0, at which the server took offence as {@link #describe}
   * showed it to it; -1 when it did not say.
   */
  static int lineOf(SQLException e, String sql) {
    ServerErrorMessage said =
        e instanceof PSQLException refusal ? refusal.getServerErrorMessage() : null;
    int characters = said == null ? -1 : said.getPosition() - 1 - GATE.length();
    return characters < 0
        ? -1
        : (int) sql.codePoints().limit(characters).filter(c -> c == '\n').count();
  }

  private interface Reader<T> {
    T read(ResultSet rows) throws SQLException;
  }

  /** Declares a cursor, which only a single reading statement can be, and reads its first rows. */
  private <T> T pass(String sql, int limit, Reader<T> reader) throws SQLException {
    watchdog.watch();
    try (Statement statement = statement()) {
      statement.execute(GATE + sql);
      T read;
      try (ResultSet rows =
          statement.executeQuery("FETCH FORWARD " + limit + " FROM traffical_gate")) {
        read = reader.read(rows);
      }
      statement.execute("CLOSE traffical_gate");
      return read;
    }
  }

  /** Returns the server's plan as JSON for a statement that {@link #describe} has accepted. */
  String explain(String sql) throws SQLException {
    describe(sql);
    try (Statement statement = statement();
        ResultSet row = statement.executeQuery("EXPLAIN (VERBOSE, FORMAT JSON)\n" + sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /**
   * Starts sending the rows of a statement that {@link #describe} has accepted.
   *
   * @param condition what to put behind the selection, whose rows are {@code q}; or nothing
   */
  CopyOut copyOut(String selectList, String sql, String condition) throws SQLException {
    watchdog.watch();
    return connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyOut("COPY (" + wrapped(selectList, sql) + condition + ") TO STDOUT (FORMAT binary)");
  }

  /** Returns the statement that selects from what the team's SQL returns. */
  static String wrapped(String selectList, String sql) {
    return "SELECT " + selectList + " FROM (\n" + sql + "\n) AS q";
  }

  private Statement statement() throws SQLException {
    Statement statement = connection.createStatement();
    statement.setEscapeProcessing(false);
    return statement;
  }

  /** Returns whether a statement outlived its time and had to be ended from outside. */
  boolean isOverdue() {
    return watchdog.isOverdue();
  }

  /** Leaves the transaction to whoever aborts the connection. */
  void abandon() {
    watchdog.close();
  }

  /** Ends the transaction; a connection that is broken cannot and need not be tidied up. */
  @Override
  public void close() {
    watchdog.close();
    try {
      connection.rollback();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      abort();
    }
  }

  private void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw new IllegalStateException("a connection can always be aborted", e);
    }
  }
}
