package io.traffical.pipeline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdditivityTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "SELECT DISTINCT a FROM t|7|uses DISTINCT",
        "SELECT count(distinct a) FROM t|13|uses DISTINCT",
        "SELECT a FROM t GROUP  BY a|16|uses GROUP BY",
        "SELECT a FROM t LIMIT 5|16|uses LIMIT",
        "SELECT a FROM t OFFSET 5|16|uses LIMIT",
        "SELECT a FROM t FETCH FIRST ROW ONLY|16|uses LIMIT",
        "SELECT row_number() OVER (ORDER BY a) FROM t|20|uses a window function",
        "SELECT lag(a) over w FROM t WINDOW w AS (ORDER BY a)|14|uses a window function",
        "SELECT a FROM t WHERE b < NOW()|26|depends on the time of the run",
        "SELECT a FROM t WHERE b < current_timestamp|26|depends on the time of the run",
        "SELECT a FROM t WHERE b < CURRENT_DATE - 1|26|depends on the time of the run",
        "SELECT a FROM t WHERE random() < 0.1|22|uses random values",
      })
  void warnsOnceWithTheReason(String sql, int offset, String message) {
    assertThat(Additivity.warnings(sql))
        .singleElement()
        .satisfies(warning -> assertThat(warning.offset()).isEqualTo(offset))
        .satisfies(warning -> assertThat(warning.message()).startsWith(message));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT a FROM t WHERE a IS DISTINCT FROM b AND a IS NOT DISTINCT FROM c",
        "SELECT 'DISTINCT', \"limit\", t.limit, a AS offset FROM t -- GROUP BY now()",
        "SELECT now, random FROM t /* LIMIT 1 */",
        "SELECT $$now()$$",
      })
  void staysSilentOtherwise(String sql) {
    assertThat(Additivity.warnings(sql)).isEmpty();
  }

  @Test
  void warnsOfEachKindOnce() {
    assertThat(Additivity.warnings("SELECT DISTINCT a, now(), now() FROM t GROUP BY a LIMIT 1"))
        .hasSize(4);
  }
}
