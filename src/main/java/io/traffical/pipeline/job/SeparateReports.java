package io.traffical.pipeline.job;

import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.UnitBlock;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Sends the reports on slices past the unit operators, straight to the publisher. */
final class SeparateReports extends ProcessFunction<ReadRow, UnitBlock> {
  private static final long serialVersionUID = 1L;

  static final OutputTag<SliceReport> REPORTS =
      new OutputTag<>("reports", TypeInformation.of(SliceReport.class));

  @Override
  public void processElement(ReadRow row, Context context, Collector<UnitBlock> out) {
    if (row instanceof UnitBlock block) {
      out.collect(block);
    } else if (row instanceof SliceReport report) {
      context.output(REPORTS, report);
    }
  }
}
