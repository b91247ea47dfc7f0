package io.traffical.pipeline.outcome;

import static io.traffical.pipeline.testing.Plans.fresh;
import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.outcome.FirstAssignment.Stored;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.RunPlan;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnitLedgerTest {
  private static final int MANY = 100_000;
  private static final RunPlan PLAN =
      Plans.plan(
          newPolicy(
              10, fresh(Aggregation.SUM, "orders", 7), fresh(Aggregation.COUNT, "orders", 7)));

  private final UnitLedger ledger = new UnitLedger(new LedgerPlan(PLAN, Plans.sets(PLAN)));

  @Test
  void aUnitMayHaveAnyNumberOfFacts() {
    ledger.exposure(0, "b", "", hour(2));
    addOrders(MANY);

    assertThat(settled()).containsExactly(valuesOf(MANY - 2));
  }

  @Test
  void anAssignmentAfterAFactIsRefused() {
    addOrders(1);

    assertThatThrownBy(() -> ledger.exposure(0, "b", "", hour(2)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a unit's assignments must be known before its facts");
    assertThatThrownBy(() -> ledger.stored(0, new Stored("b", "", hour(2), 0)))
        .isInstanceOf(IllegalStateException.class);
  }

  /** Two orders before the assignment at hour 2, the others after it; each is worth 0.1. */
  private void addOrders(int orders) {
    FactValues values = new FactValues(1, 0, false);
    values.numbers()[0] = 0.1;
    for (int i = 0; i < orders; i++) {
      double at = i < 2 ? 1 : 3;
      ledger.fact(0, 0, hour(at), values);
    }
  }

  private static List<Double> valuesOf(int orders) {
    return List.of(
        new java.math.BigDecimal("0.1").multiply(new java.math.BigDecimal(orders)).doubleValue(),
        (double) orders);
  }

  private List<List<Double>> settled() {
    List<List<Double>> analysed = new ArrayList<>();
    ledger.settle(
        "u",
        new Entries() {
          @Override
          public void change(AssignmentChange change) {}

          @Override
          public void change(TotalChange change) {}

          @Override
          public void add(DayOutcome outcome) {}

          @Override
          public void analyse(UnitValues values) {
            // Compensated addition of the double nearest to 0.1 is off by less than half an ulp.
            analysed.add(List.of(Math.rint(values.values()[0] * 1e9) / 1e9, values.values()[1]));
          }
        });
    return analysed;
  }
}
