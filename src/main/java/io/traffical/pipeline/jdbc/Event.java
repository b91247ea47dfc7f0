package io.traffical.pipeline.jdbc;

import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that matters happened in a run: one line of the log, {@code event=name run=id key=value
 * …}, that programs can take apart. Texts with blanks are quoted as in JSON.
 */
public final class Event {
  private static final Logger LOG = LoggerFactory.getLogger(Event.class);

  private final StringBuilder line;

  private Event(String name, String runId) {
    this.line = new StringBuilder("event=" + name + " run=" + runId);
  }

  /** Begins to tell of an event of a run. */
  public static Event of(String name, String runId) {
    return new Event(name, runId);
  }

  /** Adds what is known of it; nothing for null. */
  public Event with(String key, Object value) {
    if (value != null) {
      String text =
          value instanceof Double number
              ? String.format(Locale.ROOT, "%.3f", number)
              : value.toString();
      boolean isPlain = text.matches("[^\\s\"=\\\\\\p{Cntrl}]+");
      line.append(' ').append(key).append('=').append(isPlain ? text : JsonText.of(text));
    }
    return this;
  }

  /** Writes it to the log, as information. */
  public void log() {
    LOG.info("{}", line);
  }

  /** Writes it to the log, as a warning. */
  void warn() {
    LOG.warn("{}", line);
  }

  @Override
  public String toString() {
    return line.toString();
  }
}
