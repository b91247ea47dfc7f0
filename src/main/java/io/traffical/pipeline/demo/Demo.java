package io.traffical.pipeline.demo;

import io.traffical.pipeline.config.DefinitionReader;
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
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The demo: a server with a shop in it, and the definitions of the shop's experiment. Closing it
 * stops the server and removes all files, unless it is kept; so does the end of the program.
 */
public final class Demo implements AutoCloseable {
  /** How many hours come in one by one, after the first run. */
  public static final int HOURS = 3;

  /** How many facts there are unless asked otherwise, about. */
  public static final long DEFAULT_ROWS = 200_000;

  /** The experiment. */
  public static final String POLICY = "checkout_redesign";

  /** By what its results can be broken down. */
  public static final String DIMENSION = "device";

  private static final String DATABASE = "shop";

  private final Path directory;
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final Thread hook = new Thread(this::remove, "remove the demo");
  private volatile DemoServer server;
  private Connection connection;
  private DemoShop shop;
  private Definitions definitions;
  private Instant end;

  /**
   * The shop after it was filled.
   *
   * @param start where its history begins
   * @param until exclusive end of what has been heard of
   * @param exposures rows of experiment_assignments
   * @param facts orders, page views and sign-ups
   */
  public record Opening(Instant start, Instant until, long exposures, long facts) {}

  private Demo(Path directory) {
    this.directory = directory;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Starts the demo's database, still empty.
   *
   * @throws DemoFailure if there is none for this machine, or it does not start
   */
  public static Demo start() {
    Demo demo = new Demo(DemoDirectory.create());
    try {
      demo.server = DemoServer.start(demo.directory);
      return demo;
    } catch (RuntimeException e) {
      demo.close();
      throw e;
    }
  }

  /** Makes the shop, and fills it up to {@value #HOURS} hours before the last full hour. */
  public Opening open(long facts) throws SQLException {
    try (Connection admin = server.connect("postgres");
        Statement statement = admin.createStatement()) {
      statement.execute("CREATE DATABASE " + DATABASE);
    }
    connection = server.connect(DATABASE);
    end = lastDueHour();
    shop = DemoShop.create(connection, DATABASE, server.password(), facts, end);
    Instant until = end.minus(Duration.ofHours(HOURS));
    DemoShop.Delivered delivered = shop.hearUntil(until);
    definitions = writeDefinitions(end.minus(DemoShop.HISTORY));
    return new Opening(
        end.minus(DemoShop.HISTORY), until, delivered.exposures(), delivered.facts());
  }

  /** The first run, over everything that the shop has so far. */
  public RunReport firstRun(RunListener listener) {
    return run(end.minus(Duration.ofHours(HOURS)), listener);
  }

  /**
   * Lets an hour pass in the shop, and runs.
   *
   * @param hour 1 for the first after the history, {@value #HOURS} for the last
   */
  public RunReport nextHour(int hour, RunListener listener) throws SQLException {
    Instant until = end.minus(Duration.ofHours((long) HOURS - hour));
    shop.hearUntil(until);
    return run(until, listener);
  }

  private RunReport run(Instant until, RunListener listener) {
    return new RunService(definitions, listener).run(RunRequest.run(Micros.of(until)));
  }

  /** Returns the definitions of the shop's experiment. */
  public Definitions definitions() {
    return definitions;
  }

  /** Returns the file that the definitions are in. */
  public Path file() {
    return directory.resolve("traffical.yaml");
  }

  /** Returns the demo's connection to its database, as the superuser. */
  public Connection connection() {
    return connection;
  }

  /** Returns where psql finds the database, password included. */
  public String url() {
    return "postgresql://postgres:%s@127.0.0.1:%d/%s"
        .formatted(server.password(), server.port(), DATABASE);
  }

  /** Leaves the database running, and returns the script that will stop and remove it. */
  public Path keep() {
    Path script = directory.resolve("stop.sh");
    try {
      Files.writeString(script, server.stopScript());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    isOver.set(true);
    return script;
  }

  @Override
  public void close() {
    remove();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The program is ending already, and the hook finds everything done.
      isOver.set(true);
    }
  }

  private void remove() {
    if (isOver.getAndSet(true)) {
      return;
    }
    try {
      if (server != null) {
        server.stop();
      }
      DemoDirectory.remove(directory);
    } catch (IOException | DemoFailure e) {
      System.err.println(
          "demo: " + directory + " cannot be removed (" + e.getMessage() + "); remove it yourself");
    }
  }

  /** The end of the last hour that is due by the database's clock. */
  private Instant lastDueHour() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT date_trunc('hour', clock_timestamp() - interval '5 minutes', 'UTC')")) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  private Definitions writeDefinitions(Instant start) {
    String text =
        DemoShop.resource("traffical.yaml")
            .replace("DEMO_PORT", Integer.toString(server.port()))
            .replace(":-DEMO_PASSWORD", ":-" + server.password())
            .replace("DEMO_START", start.toString());
    try {
      Files.writeString(file(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return DefinitionReader.read(file(), Map.of());
  }
}
