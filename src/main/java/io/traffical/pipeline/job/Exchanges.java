package io.traffical.pipeline.job;

import io.traffical.pipeline.model.SampleBlock;
import io.traffical.pipeline.model.UnitBlock;
import org.apache.flink.api.common.functions.Partitioner;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.transformations.PartitionTransformation;
import org.apache.flink.streaming.api.transformations.StreamExchangeMode;
import org.apache.flink.streaming.runtime.partitioner.CustomPartitionerWrapper;
import org.apache.flink.streaming.runtime.partitioner.StreamPartitioner;

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
    return pipelined(blocks, new CustomPartitionerWrapper<>(partitioner, bucket));
  }

  /** Sends the samples of a metric to one subtask, which puts them aside, too. */
  static DataStream<SampleBlock> byMetric(DataStream<SampleBlock> samples) {
    Partitioner<Integer> partitioner = (ranked, subtasks) -> ranked % subtasks;
    KeySelector<SampleBlock, Integer> ranked = SampleBlock::ranked;
    return pipelined(samples, new CustomPartitionerWrapper<>(partitioner, ranked));
  }

  private static <T> DataStream<T> pipelined(DataStream<T> rows, StreamPartitioner<T> partitioner) {
    return new DataStream<>(
        rows.getExecutionEnvironment(),
        new PartitionTransformation<>(
            rows.getTransformation(), partitioner, StreamExchangeMode.PIPELINED));
  }
}
