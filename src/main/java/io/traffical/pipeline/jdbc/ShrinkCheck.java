package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.jdbc.StoredWindows.Window;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Fingerprint;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.TimeWindow;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds definitions of which a window has lost most of its rows since it was last read, although
 * the SQL is the same. A source that is just being loaded anew looks like that; publishing it would
 * replace good numbers by wrong ones.
 */
final class ShrinkCheck {
  /** Windows with fewer rows may lose as many as they like. */
  private static final long FEWEST_ROWS = 100;

  private final RunContext run;
  private final RunOutcome outcome;
  private final StoredWindows stored;

  ShrinkCheck(Connection connection, RunContext run, RunOutcome outcome) {
    this.run = run;
    this.outcome = outcome;
    this.stored = new StoredWindows(connection, run.tables());
  }

  /** Returns what has shrunk, and how; nothing when the user accepts it. */
  Map<DefinitionRef, String> find() throws SQLException {
    Map<DefinitionRef, String> shrunk = new LinkedHashMap<>();
    for (int r = 0; r < run.plan().reads().size() && !run.acceptsShrink(); r++) {
      RunPlan.Read read = run.plan().reads().get(r);
      if (!outcome.failed().containsKey(read.definition())) {
        String problem = problem(read, r);
        if (problem != null) {
          shrunk.put(read.definition(), problem);
        }
      }
    }
    return shrunk;
  }

  private String problem(RunPlan.Read read, int place) throws SQLException {
    Map<Long, Window> known = stored.known(read);
    String hash = Fingerprint.of(run.definitions(), read.definition());
    List<Window> shrunk =
        StoredWindows.read(outcome.reports(place), run.plan().window(), hash).stream()
            .filter(window -> hasShrunk(known.get(window.start()), window))
            .sorted(Comparator.comparingLong(Window::start))
            .toList();
    if (shrunk.isEmpty()) {
      return null;
    }
    Window first = shrunk.get(0);
    int others = shrunk.size() - 1;
    return "%s window=%s: DATA: the window had %d rows when it was last read and has %d now%s | hint: check the source; if it is right, run again with --accept-shrink"
        .formatted(
            read.definition(),
            new TimeWindow(first.start(), first.end()),
            known.get(first.start()).rows(),
            first.rows(),
            others == 0
                ? ""
                : ", and so it is with %d more %s"
                    .formatted(others, others == 1 ? "window" : "windows"));
  }

  private static boolean hasShrunk(Window before, Window now) {
    return before != null
        && before.end() == now.end()
        && before.sqlHash().equals(now.sqlHash())
        && before.rows() >= FEWEST_ROWS
        && 2 * now.rows() < before.rows();
  }
}
