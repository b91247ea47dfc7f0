package io.traffical.pipeline.run;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** What a pool says after two hundred runs; {@link PoolerIT} does fewer. */
class PoolerBench {
  @Test
  void twoHundredRunsOfFourDefinitionsAtOnceDisturbNobodyInThePool() throws SQLException {
    PoolerRuns.assertUndisturbed(200);
  }
}
