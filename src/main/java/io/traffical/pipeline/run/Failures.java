package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Publication.LeaseLostException;
import io.traffical.pipeline.jdbc.ReadException;
import io.traffical.pipeline.jdbc.RunStore.RunActiveException;
import io.traffical.pipeline.jdbc.Schema.OtherSchemaException;
import io.traffical.pipeline.jdbc.Schema.UnusableException;
import io.traffical.pipeline.jdbc.SqlFailure;
import io.traffical.pipeline.jdbc.Trouble;
import java.sql.SQLException;
import java.util.Optional;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.util.ExceptionUtils;

/** Turns what went wrong into one message: class, place, what was found, what to do. */
public final class Failures {
  /** What Flink says when its own default asks for more memory than a small TaskManager has. */
  private static final String LACKS_BUFFERS = "Insufficient number of network buffers";

  private Failures() {}

  static RunFailure of(Definitions definitions, Throwable thrown) {
    if (thrown instanceof RunFailure failure) {
      return failure;
    }
    if (thrown instanceof SQLException e) {
      return ofSql(
          definitions,
          definitions.connection(),
          thrown,
          e); // also where Flink, which looks for causes, is missing
    }
    Optional<RunFailure> busy =
        find(thrown, RunActiveException.class)
            .map(
                e ->
                    new RunFailure(
                        RunFailure.Kind.BUSY,
                        "BUSY "
                            + place(definitions.connection())
                            + ": "
                            + e.getMessage()
                            + " | hint: wait for it to end; a run that died gives up its lease"
                            + " after a minute",
                        e));
    Optional<RunFailure> lost =
        find(thrown, LeaseLostException.class)
            .map(e -> new RunFailure(RunFailure.Kind.BUSY, "BUSY " + e.getMessage(), e));
    Optional<RunFailure> unusable =
        find(thrown, UnusableException.class)
            .map(e -> of(e.trouble(), place(definitions.connection()), e));
    Optional<RunFailure> other =
        find(thrown, OtherSchemaException.class)
            .map(e -> new RunFailure(RunFailure.Kind.CONFIG, "CONFIG " + e.getMessage(), e));
    Optional<RunFailure> cancelled =
        find(thrown, JobCancellationException.class)
            // That the cause is an exception need not be verified, which would load Flink's
            // classes.
            .map(e -> new RunFailure(RunFailure.Kind.FAILED, RunEnd.CANCELLED, thrown));
    return busy.or(() -> lost)
        .or(() -> cancelled)
        .or(() -> unusable)
        .or(() -> other)
        .or(
            () ->
                find(thrown, SQLException.class)
                    .map(e -> ofJob(definitions, find(thrown, ReadException.class), thrown, e)))
        .or(() -> ClusterFailures.find(thrown))
        .orElseGet(() -> other(thrown));
  }

  /** Whatever a run fails with after it has lost its lease, that it has lost it is the reason. */
  static RunFailure takenOver(String runId, RunFailure failure) {
    return new RunFailure(
        RunFailure.Kind.BUSY,
        "BUSY run %s was taken over: its lease expired; nothing of it was published"
            .formatted(runId),
        failure);
  }

  private static <T extends Throwable> Optional<T> find(Throwable thrown, Class<T> type) {
    return ExceptionUtils.findThrowable(thrown, type)
        .or(
            () ->
                ExceptionUtils.findSerializedThrowable(
                    thrown, type, Failures.class.getClassLoader()));
  }

  /** Names the source, which may be another server, as the place of the trouble. */
  static RunFailure ofSource(Definitions definitions, SQLException e) {
    return ofSql(definitions, definitions.source(), e, e);
  }

  /** Names what was read and from where, if the job failed while reading. */
  private static RunFailure ofJob(
      Definitions definitions, Optional<ReadException> read, Throwable thrown, SQLException e) {
    boolean isOfSource = read.map(ReadException::isOfSource).orElse(false);
    ConnectionSettings settings = isOfSource ? definitions.source() : definitions.connection();
    String what = isOfSource ? read.orElseThrow().what() + " " : "";
    Trouble trouble = named(trouble(e, settings, definitions.schema()), definitions, settings);
    return of(trouble, what + place(settings), thrown);
  }

  /**
   * Returns what a database's failure means and what to do.
   *
   * @param settings where it happened
   * @param schema the program's own schema
   */
  public static Trouble trouble(SQLException e, ConnectionSettings settings, String schema) {
    // The team's SQL cannot end here with this: what is refused to write is the target.
    boolean isReadOnlyTarget = "25006".equals(e.getSQLState());
    SqlFailure failure = isReadOnlyTarget ? SqlFailure.CONFIG : SqlFailure.of(e);
    return new Trouble(
        failure, e.getSQLState(), reason(e), FailureHints.of(failure, e, settings, schema));
  }

  private static RunFailure ofSql(
      Definitions definitions, ConnectionSettings settings, Throwable thrown, SQLException e) {
    return of(
        named(trouble(e, settings, definitions.schema()), definitions, settings),
        place(settings),
        thrown);
  }

  /** Says of a host that nobody knows where in the file it is. */
  private static Trouble named(
      Trouble trouble, Definitions definitions, ConnectionSettings settings) {
    if (!trouble.message().startsWith(SqlFailure.UNKNOWN_HOST)) {
      return trouble;
    }
    String section = settings.equals(definitions.connection()) ? "connection" : "source";
    return new Trouble(
        trouble.failure(),
        trouble.sqlState(),
        trouble.message() + " under " + section,
        trouble.remedy());
  }

  private static RunFailure of(Trouble trouble, String place, Throwable thrown) {
    String message =
        "%s %s: %s | hint: %s"
            .formatted(trouble.label(), place, trouble.message(), trouble.remedy());
    return new RunFailure(kind(trouble.failure()), message, thrown);
  }

  private static RunFailure.Kind kind(SqlFailure failure) {
    return switch (failure) {
      case CONFIG -> RunFailure.Kind.CONFIG;
      case PERMISSION -> RunFailure.Kind.PERMISSION;
      case UNAVAILABLE -> RunFailure.Kind.UNAVAILABLE;
      case DEFINITION, DATA, INTERNAL -> RunFailure.Kind.FAILED;
    };
  }

  /** Adds the first cause that says why TLS failed: the driver's own words do not. */
  private static String reason(SQLException e) {
    String message = SqlFailure.message(e);
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    boolean isSaid = cause.getMessage() == null || message.contains(cause.getMessage());
    return SqlFailure.isTlsRefusal(e) && !isSaid ? message + ": " + cause.getMessage() : message;
  }

  private static String place(ConnectionSettings settings) {
    return "host=" + settings.place() + " user=" + settings.username();
  }

  private static RunFailure other(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    boolean lacksBuffers = String.valueOf(root.getMessage()).contains(LACKS_BUFFERS);
    return new RunFailure(
        RunFailure.Kind.FAILED,
        "INTERNAL "
            + root.getClass().getSimpleName()
            + ": "
            + root.getMessage()
            + " | hint: "
            + (lacksBuffers
                ? "set taskmanager.network.sort-shuffle.min-buffers: 16 in the config.yaml of the"
                    + " TaskManagers"
                : "nothing was published; run again, and report this if it comes back"),
        thrown);
  }
}
