package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.TimeWindow;
import java.util.HashMap;
import java.util.Map;

/** Counts what one slice brings: rows and a checksum per window, and what is not used and why. */
final class SliceTally {
  private static final int MOST_UNDECLARED = 100;
  private static final String OTHERS = "(others)";

  private final Slice slice;
  private final long window;
  private final long[] windowRows;
  private final long[] windowChecksums;
  private final Map<String, Long> undeclared = new HashMap<>();
  private long rows;
  private long outside;
  private long rejected;
  private String firstRejection;
  private String newestRejection;

  SliceTally(Slice slice, long window) {
    this.slice = slice;
    this.window = window;
    int windows = (int) ((slice.end() - slice.start() + window - 1) / window);
    this.windowRows = new long[windows];
    this.windowChecksums = new long[windows];
  }

  /** Returns whether the time lies in the slice, and counts the row as outside when not. */
  boolean isInside(long time) {
    boolean isInside = time >= slice.start() && time < slice.end();
    if (!isInside) {
      outside++;
    }
    return isInside;
  }

  void count(long time, long checksum) {
    int index = (int) ((time - slice.start()) / window);
    rows++;
    windowRows[index]++;
    windowChecksums[index] += checksum;
  }

  void reject(String reason) {
    rejected++;
    newestRejection = reason;
    if (firstRejection == null) {
      firstRejection = reason;
    }
  }

  /** Returns why the newest rejection was made since the last call; null if there was none. */
  String takeRejection() {
    String reason = newestRejection;
    newestRejection = null;
    return reason;
  }

  /** Counts a row of something that the definitions do not name; many names share one count. */
  void undeclared(String what) {
    String name =
        undeclared.containsKey(what) || undeclared.size() < MOST_UNDECLARED ? what : OTHERS;
    undeclared.merge(name, 1L, Long::sum);
  }

  SliceReport report(DefinitionRef definition, long millis, String error) {
    String prefix = definition + " window=" + new TimeWindow(slice.start(), slice.end()) + ": ";
    return new SliceReport(
        slice.index(),
        slice.start(),
        slice.end(),
        rows,
        outside,
        rejected,
        windowRows,
        windowChecksums,
        undeclared,
        firstRejection == null ? null : prefix + firstRejection,
        millis,
        error == null ? null : prefix + error,
        slice.kind() == Slice.Kind.HISTORY);
  }
}
