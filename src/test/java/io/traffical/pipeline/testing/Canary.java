package io.traffical.pipeline.testing;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;

/**
 * A password that must appear nowhere, and the ears for it: standard output and error, and all that
 * is logged from INFO on, by Flink too, with stack traces.
 */
final class Canary implements AutoCloseable {
  /** What every password of a test begins with that is looked for. */
  static final String MARK = "canary-";

  /** A password of its own for each JVM. */
  static final String PASSWORD = MARK + UUID.randomUUID();

  private static final ConcurrentLinkedQueue<String> LEAKS = new ConcurrentLinkedQueue<>();

  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final LoggerContext context = (LoggerContext) LogManager.getContext(false);
  private final LoggerConfig root = context.getConfiguration().getRootLogger();
  private final Level level = root.getLevel();
  private final LogEar ear = new LogEar();

  /** Listens until closed. */
  Canary() {
    LEAKS.clear();
    System.setOut(new PrintStream(new Ear(out), true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(new Ear(err), true, StandardCharsets.UTF_8));
    ear.start();
    limitOthers(level);
    root.addAppender(ear, Level.INFO, null);
    root.setLevel(Level.INFO);
    context.updateLoggers();
  }

  /** Lets what is shown to people be as much as it was. */
  private void limitOthers(Level most) {
    root.getAppenders()
        .values()
        .forEach(
            appender -> {
              root.removeAppender(appender.getName());
              root.addAppender(appender, most, null);
            });
  }

  /** Notes what the program has said otherwise. */
  static void hear(String said) {
    said.lines().filter(line -> line.contains(MARK)).forEach(LEAKS::add);
  }

  /** Notes what the program has thrown. */
  static void hear(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    hear(text.toString());
  }

  /** Returns the lines with a password in them. */
  static List<String> leaks() {
    return List.copyOf(LEAKS);
  }

  @Override
  public void close() {
    System.setOut(out);
    System.setErr(err);
    root.removeAppender(ear.getName());
    root.setLevel(level);
    context.updateLoggers();
  }

  private static final class LogEar extends AbstractAppender {
    LogEar() {
      super("canary", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      hear(event.getLoggerName() + ": " + event.getMessage().getFormattedMessage());
      if (event.getThrown() != null) {
        hear(event.getThrown());
      }
    }
  }

  /** Passes on what is written, and hears each line. */
  private static final class Ear extends OutputStream {
    private final PrintStream stream;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Ear(PrintStream stream) {
      this.stream = stream;
    }

    @Override
    public synchronized void write(int b) {
      stream.write(b);
      line.write(b);
      if (b == '\n') {
        hear(line.toString(StandardCharsets.UTF_8));
        line.reset();
      }
    }

    @Override
    public void flush() {
      stream.flush();
    }
  }
}
