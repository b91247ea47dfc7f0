package io.traffical.pipeline.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;

/** Keeps what one class writes to the log, while it is open. */
public final class CapturedLog implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final String logger;
  private final AbstractAppender appender;

  /** Begins to keep what the class writes, as information or worse. */
  public CapturedLog(Class<?> source) {
    logger = source.getName();
    appender =
        new AbstractAppender("captured " + logger, null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            lines.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
          }
        };
    appender.start();
    Configurator.setLevel(logger, Level.INFO);
    core().addAppender(appender);
  }

  private org.apache.logging.log4j.core.Logger core() {
    return LoggerContext.getContext(false).getLogger(LogManager.getLogger(logger).getName());
  }

  /** Returns the lines so far, each with its level. */
  public List<String> lines() {
    return lines;
  }

  @Override
  public void close() {
    core().removeAppender(appender);
    Configurator.setLevel(logger, (Level) null);
    appender.stop();
  }
}
