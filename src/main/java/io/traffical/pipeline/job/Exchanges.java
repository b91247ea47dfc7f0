package io.traffical.pipeline.job;

import io.traffical.pipeline.model.UnitBlock;
import org.apache.flink.api.common.functions.Partitioner;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.transformations.PartitionTransformation;
import org.apache.flink.streaming.api.transformations.StreamExchangeMode;
import org.apache.flink.streaming.runtime.partitioner.CustomPartitionerWrapper;

/** How rows get to the subtask that is responsible for them. */
final class Exchanges {
  private Exchanges() {}

  /**
   * Sends every block to the subtask of its bucket, while it is read: batch execution would put all
   * blocks on disk first, and {@link SettleUnits} puts them aside anyway. The price is that a
   * failure on either side repeats both.
   */
  static DataStream<UnitBlock> byBucket(DataStream<UnitBlock> blocks) {
    Partitioner<Integer> partitioner = (bucket, subtasks) -> bucket % subtasks;
    KeySelector<UnitBlock, Integer> bucket = UnitBlock::bucket;
    return new DataStream<>(
        blocks.getExecutionEnvironment(),
        new PartitionTransformation<>(
            blocks.getTransformation(),
            new CustomPartitionerWrapper<>(partitioner, bucket),
            StreamExchangeMode.PIPELINED));
  }
}
