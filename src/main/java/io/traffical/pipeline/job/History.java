package io.traffical.pipeline.job;

import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.Wanted;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.function.Consumer;

/** Looks up, by key, what newly assigned units did before their assignment. */
public interface History extends Serializable {
  /** Opens connections where they are needed. */
  LookUps open();

  /** An open look-up. Not thread-safe. */
  interface LookUps extends AutoCloseable {
    /**
     * Looks up facts of some units of one fact and entity: at least what is wanted, packed as
     * facts, and a report of what was read.
     *
     * @throws IOException if the source cannot be reached; what its SQL refuses is in the report
     */
    void lookUp(List<Wanted> units, Consumer<ReadRow> rows) throws IOException;

    /** Ends a look-up that another thread waits for, and what the source does for it. */
    void abandon() throws IOException;

    @Override
    void close();
  }
}
