package io.traffical.pipeline.testing;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A small shop: tables {@code src.exposures}, {@code src.orders} and {@code src.visits}, a file
 * that defines one policy over them, and what runs of it publish. Time counts in hours from
 * 2026-01-01T00:00:00Z. Tests change the file's text with {@link #replace}.
 */
public final class Shop implements AutoCloseable {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final TestDatabase database;
  private final String original;
  private String file;

  /** Creates the source tables and the file. */
  public Shop() {
    this(TestDatabase.create());
  }

  /** Creates the source tables in a database that becomes the shop's own, and the file. */
  public Shop(TestDatabase database) {
    this.database = database;
    database.execute(
        """
        CREATE SCHEMA src;
        CREATE TABLE src.exposures (user_id text, assigned_at timestamptz, policy text, variant text);
        CREATE TABLE src.orders (user_id text, event_time timestamptz, amount numeric);
        CREATE TABLE src.visits (user_id text, event_time timestamptz);
        """);
    file = definitions("localhost", database.port());
    original = file;
    database.belongsTo(this);
  }

  private Shop(TestDatabase database, String file) {
    this.database = database;
    this.file = file;
    this.original = file;
  }

  /** Returns a shop of the same rows, published ones too, in a database of its own. */
  public Shop copy() {
    TestDatabase copy = database.copy();
    return new Shop(copy, file.replace("database: " + database.name(), "database: " + copy.name()));
  }

  /** Returns a shop in the same database, whose file changes apart from this one's. */
  public Shop withOwnFile() {
    return new Shop(database, file);
  }

  private String definitions(String host, int port) {
    return """
    version: "1.0"
    connection: { host: %s, port: %d, database: %s, username: postgres, password: postgres, sslMode: disable }
    pipeline: { window: 1h, overlap: 3h, scan: 6h, parallelism: 2, maxRejectedShare: 0.5, statementTimeout: 60s }
    entities:
      user: { keyType: userId }
    assignments:
      exposures:
        entity: user
        sql: |
          SELECT user_id, assigned_at, policy AS policy_key, variant AS allocation_key FROM src.exposures
          WHERE assigned_at BETWEEN '{{start_date}}' AND '{{end_date}}'
    facts:
      orders:
        entity: user
        sql: |
          SELECT user_id, event_time, amount FROM src.orders
          WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
      visits:
        entity: user
        sql: |
          SELECT user_id, event_time FROM src.visits
          WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
    metrics:
      revenue: { fact: orders, aggregation: sum, valueColumn: amount }
      orders: { fact: orders, aggregation: count }
      visited: { fact: visits, aggregation: conversion_rate }
    policies:
      pricing:
        entity: user
        allocations: { a: 0.5, b: 0.5 }
        startsAt: 2026-01-01T00:00:00Z
    """
        .formatted(host, port, database.name());
  }

  /** Returns the time so many hours after the policy's start. */
  public static Instant hour(double hours) {
    return START.plus(Duration.ofMillis(Math.round(hours * 3_600_000)));
  }

  /** Adds so many units, one exposure each, spread over the given hours, each with facts. */
  public Shop fill(int units, int hours) {
    database.execute(
        """
        INSERT INTO src.exposures
        SELECT 'u' || i, timestamptz '%1$s' + interval '1 minute' * (i * 7 %% (60 * %3$d)), 'pricing',
          CASE WHEN i %% 2 = 0 THEN 'a' ELSE 'b' END
        FROM generate_series(1, %2$d) i;
        INSERT INTO src.orders
        SELECT 'u' || (i %% %2$d + 1), timestamptz '%1$s' + interval '1 minute' * (i * 11 %% (60 * %3$d)),
          (i %% 97) + 0.25
        FROM generate_series(1, 3 * %2$d) i;
        INSERT INTO src.visits
        SELECT 'u' || (i %% %2$d + 1), timestamptz '%1$s' + interval '1 minute' * (i * 13 %% (60 * %3$d))
        FROM generate_series(1, 2 * %2$d) i;
        """
            .formatted(START, units, hours));
    return this;
  }

  /** Adds an exposure. */
  public Shop expose(String unit, String allocation, double hour) {
    database.execute(
        "INSERT INTO src.exposures VALUES (%s, '%s', 'pricing', '%s')"
            .formatted(unit, hour(hour), allocation));
    return this;
  }

  /** Adds an order; unit and amount are SQL expressions. */
  public Shop order(String unit, String amount, double hour) {
    database.execute(
        "INSERT INTO src.orders VALUES (%s, '%s', %s)".formatted(unit, hour(hour), amount));
    return this;
  }

  /** Replaces a part of the file, which must be there. */
  public Shop replace(String from, String to) {
    if (!file.contains(from)) {
      throw new IllegalArgumentException("the file has no " + from);
    }
    file = file.replace(from, to);
    return this;
  }

  /** Replaces the SQL of the orders. */
  public Shop orders(String sql) {
    int start = file.indexOf("      SELECT user_id, event_time, amount FROM src.orders");
    int end = file.indexOf("  visits:", start);
    file = file.substring(0, start) + sql.indent(6) + file.substring(end);
    return this;
  }

  /** Adds a fact with an {@code amount}, and a metric of the same name that sums it. */
  public Shop addFact(String name, String sql) {
    return replace(
            "metrics:\n",
            "  %s:\n    entity: user\n    sql: |\n%smetrics:\n".formatted(name, sql.indent(6)))
        .replace(
            "metrics:\n",
            "metrics:\n  %s: { fact: %1$s, aggregation: sum, valueColumn: amount }\n"
                .formatted(name));
  }

  /** Returns what a run would do. */
  public RunService.Preview preview() {
    return new RunService(definitions(), RunListener.SILENT)
        .preview(RunRequest.run(Micros.AFTER_ALL));
  }

  /** Lets runs reach the database through another port. */
  public Shop through(int port) {
    return replace("port: " + database.port(), "port: " + port);
  }

  /** Returns the database. */
  public TestDatabase database() {
    return database;
  }

  /** Returns the file's text. */
  public String file() {
    return file;
  }

  /** Writes the file, with a password of its own, into the directory and returns its path. */
  public Path write(Path directory) {
    database.beforeRun();
    try {
      return Files.writeString(directory.resolve("traffical.yaml"), withPassword(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The server trusts whoever says to be its superuser, whatever the password. */
  private static String withPassword(String text) {
    return text.replace("password: postgres", "password: " + Canary.PASSWORD);
  }

  static Definitions read(String text) {
    return DefinitionFiles.read(withPassword(text));
  }

  /** Returns what the file defines, with a password of its own. */
  public Definitions definitions() {
    Definitions definitions = read(file);
    database.beforeRun();
    return definitions;
  }

  /** Runs up to the given hour. */
  public RunReport run(double hour) {
    return run(RunRequest.run(Micros.of(hour(hour))));
  }

  /** Does one run. */
  public RunReport run(RunRequest request) {
    try {
      RunReport report = new RunService(definitions(), RunListener.SILENT).run(request);
      Canary.hear(report.toString());
      return report;
    } catch (RuntimeException e) {
      Canary.hear(e);
      throw e;
    }
  }

  String original() {
    return original;
  }

  /** Returns the line with which the superuser comes straight to the database. */
  String connection() {
    return original
        .lines()
        .filter(line -> line.startsWith("connection:"))
        .findFirst()
        .orElseThrow();
  }

  /** Returns metric, allocation, units and numerator of every latest result. */
  public List<String> results() {
    return database.rows(
        "SELECT metric_key, allocation_key, units, numerator FROM traffical.latest_results"
            + " ORDER BY 1, 2");
  }

  /** Returns what is published of the numbers: not how they are stored, nor up to when. */
  public List<String> resultsAndAssignments() {
    return published().stream()
        .filter(row -> row.startsWith("result") || row.startsWith("assignment"))
        .toList();
  }

  /** Returns all that is published, but for run ids and the times of computing. */
  public List<String> published() {
    try (Connection connection = database.connect()) {
      return published(connection);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns all that is published, seen in one snapshot. */
  public static List<String> published(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      for (String query :
          List.of(
              "SELECT 'assignment', a::text FROM traffical.assignments a",
              "SELECT 'result', (to_jsonb(r) - 'run_id' - 'computed_at')::text FROM"
                  + " traffical.latest_results r",
              "SELECT 'total', t::text FROM traffical.unit_totals t",
              "SELECT 'watermark', (to_jsonb(w) - 'run_id')::text FROM traffical.watermarks w")) {
        try (ResultSet row = statement.executeQuery(query + " ORDER BY 2")) {
          while (row.next()) {
            rows.add(row.getString(1) + " " + row.getString(2));
          }
        }
      }
    }
    connection.rollback();
    return rows;
  }

  /** Returns every row of the source tables. */
  public List<String> source() {
    return database.rows(
        "SELECT md5(string_agg(x, E'\\n' ORDER BY x)) FROM (SELECT 'e' || e::text AS x FROM"
            + " src.exposures e UNION ALL SELECT 'o' || o::text FROM src.orders o UNION ALL SELECT"
            + " 'v' || v::text FROM src.visits v) rows");
  }

  @Override
  public void close() {
    database.close();
  }
}
