package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static io.traffical.pipeline.stats.Tolerance.assertP;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceTest {

  /** Expected: scipy 1.17.1, 2 * t.sf(statistic, df), t.isf(0.025, df), t.isf(0.005, df). */
  @ParameterizedTest
  @CsvSource({
    "1, 3, 0.20483276469913345, 12.706204736174705, 63.65674116287158",
    "2.5, 8, 0.007656644131043447, 3.5746548420036834, 7.163728138948786",
    "5.88, 40, 2.1708994033120888e-08, 2.4590678344567363, 3.7387014035875095",
    "18, 10, 8.930946909956929e-09, 2.1009220402410387, 2.878440472738608",
    "199.3, 25, 2.3391666936666666e-63, 1.9719383841272211, 2.6007223483676034",
    "19995.5, 7.5, 6.64807193345106e-14, 1.9600826318553692, 2.5760752083508067",
    "2e6, 9, 2.259074176233909e-19, 1.959965170676375, 2.5758317618249085",
    "3e6, 1.5, 0.1336145077707557, 1.9599647752974447, 2.575830942399082",
    "1e9, 20, 5.5074696316327094e-89, 1.9599639869123253, 2.5758293084654484",
  })
  void agreesWithScipyOnStudentT(
      double degrees, double statistic, double p, double critical95, double critical99) {
    Reference reference = Reference.studentT(degrees);
    assertP("p", reference.pValue(-statistic), p);
    assertInference("95 %", reference.critical(0.05), critical95);
    assertInference("99 %", reference.critical(0.01), critical99);
  }

  /** Expected: scipy 1.17.1, norm.isf(0.025) and 2 * norm.sf(30). */
  @Test
  void agreesWithScipyOnTheNormal() {
    assertInference("95 %", Reference.NORMAL.critical(0.05), 1.9599639845400545);
    assertP("p", Reference.NORMAL.pValue(30), 9.813427854295816e-198);
  }

  @Test
  void neverSaysThatAPValueIsZero() {
    assertThat(Reference.NORMAL.pValue(1e6)).isPositive();
  }
}
