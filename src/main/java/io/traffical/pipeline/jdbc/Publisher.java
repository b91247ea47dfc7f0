package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.RunNote;
import java.io.Closeable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * The one place that makes a run visible: waits for every note, then publishes in one transaction.
 * Its input ends only after all writers have finished; retried after a commit, it finds the run
 * published and does nothing.
 */
final class Publisher extends AbstractStreamOperator<Boolean>
    implements OneInputStreamOperator<RunNote, Boolean>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private final RunContext run;
  private transient List<RunNote> notes;

  Publisher(RunContext run) {
    this.run = run;
  }

  @Override
  public void open() throws Exception {
    super.open();
    notes = new ArrayList<>();
  }

  @Override
  public void processElement(StreamRecord<RunNote> element) {
    notes.add(element.getValue());
  }

  @Override
  public void endInput() throws Exception {
    Publication publication = new Publication(run, notes);
    // A wait for the server does not feel the interrupt with which a task is cancelled.
    try (Closeable registered =
        getContainingTask().getCancelables().registerCloseableTemporarily(publication)) {
      publication.publish();
    } catch (SQLException e) {
      // It has been tried as often as makes sense; reading everything again would change nothing.
      throw new SuppressRestartsException(e);
    }
  }
}
