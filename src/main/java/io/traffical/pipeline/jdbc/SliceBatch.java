package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.ReadRow;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;

/** Some blocks of one slice, and whether it ends with them. */
final class SliceBatch implements RecordsWithSplitIds<ReadRow> {
  private final Iterator<? extends ReadRow> rows;
  private final String finished;
  private String next;

  /**
   * @param slice the rows' slice, null when there are none
   * @param finished the slice when these are its last rows, else null
   */
  SliceBatch(String slice, List<? extends ReadRow> rows, String finished) {
    this.next = slice;
    this.rows = rows.iterator();
    this.finished = finished;
  }

  @Override
  public String nextSplit() {
    String slice = next;
    next = null;
    return slice;
  }

  @Override
  public ReadRow nextRecordFromSplit() {
    return rows.hasNext() ? rows.next() : null;
  }

  @Override
  public Set<String> finishedSplits() {
    return finished == null ? Set.of() : Set.of(finished);
  }
}
