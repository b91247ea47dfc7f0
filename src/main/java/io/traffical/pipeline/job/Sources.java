package io.traffical.pipeline.job;

import io.traffical.pipeline.model.ReadRow;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Where the job's rows come from: Postgres in production, lists in tests. */
public interface Sources {
  /**
   * Returns every row of the run's plan, in any order, each once: exposures and outcomes from the
   * team's SQL, stored assignments and totals, packed into blocks, and one report per slice read.
   */
  DataStream<ReadRow> read();

  /** Returns what looks up the history of newly assigned units. */
  History history();
}
