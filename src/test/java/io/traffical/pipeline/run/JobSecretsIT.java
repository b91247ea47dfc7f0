package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TcpProxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.InjectClusterRESTAddress;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a cluster shows of the job, in its REST API and so in its web UI, has no password. */
class JobSecretsIT {
  private static final String CANARY = "canary-" + UUID.randomUUID();

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @Test
  void theClusterDoesNotShowThePassword(@InjectClusterRESTAddress URI rest) throws Exception {
    try (Shop shop = new Shop();
        TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.fill(100, 6).replace("password: postgres", "password: " + CANARY);
      assertThat(shop.run(3).status()).isEqualTo("succeeded");
      shop.through(proxy.port());
      proxy.cutWhenever("ON CONFLICT (policy_key, metric_key) DO UPDATE");
      assertThat(catchThrowableOfType(RunFailure.class, () -> shop.run(6)))
          .hasMessageNotContaining(CANARY);
    }

    List<String> jobs =
        Pattern.compile("\"id\":\"([0-9a-f]+)\"")
            .matcher(get(rest, "/jobs"))
            .results()
            .map((MatchResult found) -> found.group(1))
            .toList();

    assertThat(jobs).hasSize(2);
    assertThat(get(rest, "/jobmanager/config")).doesNotContain(CANARY);
    for (String job : jobs) {
      for (String page : List.of("", "/config", "/plan", "/exceptions", "/accumulators")) {
        assertThat(get(rest, "/jobs/" + job + page)).as(page).contains("{").doesNotContain(CANARY);
      }
    }
    assertThat(jobs.stream().map(job -> get(rest, "/jobs/" + job + "/exceptions")))
        .as("the failed job's exceptions were looked at")
        .anyMatch(exceptions -> exceptions.contains("PSQLException"));
  }

  private static String get(URI rest, String path) {
    HttpRequest request = HttpRequest.newBuilder(rest.resolve(path)).build();
    return HttpClient.newHttpClient()
        .sendAsync(request, BodyHandlers.ofString())
        .thenApply(response -> response.body())
        .join();
  }
}
