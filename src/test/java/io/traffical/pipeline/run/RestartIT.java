package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.RestartedPostgres;
import io.traffical.pipeline.testing.Shop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A server that goes down properly in the middle of a run and comes back soon. */
class RestartIT {
  @Test
  void a2_aServerThatStopsAndStartsAgainWhileARunReadsIsWaitedFor() {
    try (RestartedPostgres server = new RestartedPostgres();
        Shop shop = new Shop(server.createDatabase())) {
      shop.fill(300, 12).run(6);
      shop.orders(
          "SELECT user_id, event_time, amount FROM src.orders, pg_sleep(3) WHERE event_time BETWEEN"
              + " '{{start_date}}' AND '{{end_date}}'");
      CompletableFuture<RunReport> run = CompletableFuture.supplyAsync(() -> shop.run(12));
      await()
          .atMost(Duration.ofMinutes(2))
          .until(
              () ->
                  !shop.database()
                      .rows(
                          "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY%pg_sleep%' AND"
                              + " state = 'active' AND pid <> pg_backend_pid()")
                      .isEmpty());

      server.stopFast();
      server.start();

      assertThat(run.join().status()).as(run.join().error()).isEqualTo("succeeded");
    }
  }
}
