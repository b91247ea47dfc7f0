package io.traffical.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.traffical.pipeline.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.kubernetes.operator.api.FlinkDeployment;
import org.apache.flink.kubernetes.operator.api.FlinkSessionJob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What is in deploy/: read by the classes and programs that it is for, as far as they are here. */
class DeployTest {
  private static final Path DEPLOY = Path.of("deploy");
  private static final String JAR = "/opt/flink/usrlib/traffical.jar";

  @TempDir private Path directory;

  /** Unknown fields fail also where the classes would pass over them, or keep them for later. */
  private static final ObjectMapper STRICT =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                  return false;
                }

                @Override
                public JsonIgnoreProperties.Value findPropertyIgnoralByName(
                    MapperConfig<?> config, Annotated annotated) {
                  return JsonIgnoreProperties.Value.empty();
                }
              });

  private static String text(String file) throws IOException {
    return Files.readString(DEPLOY.resolve(file));
  }

  private static Object yaml(String text) {
    return new Load(LoadSettings.builder().build()).loadFromString(text);
  }

  private static <T> T manifest(String text, Class<T> type) {
    return STRICT.convertValue(yaml(text), type);
  }

  /** The operator's classes are older than the Flink; that its version is one is not tested. */
  private static String flink(String file) throws IOException {
    assertThat(text(file)).contains("flinkVersion: v2_3\n");
    return text(file).replace("v2_3", "v1_20");
  }

  @Test
  void theSessionClusterIsWhatTheOperatorReads() throws Exception {
    FlinkDeployment session =
        manifest(flink("kubernetes/flinkdeployment-session.yaml"), FlinkDeployment.class);

    assertThat(session.getApiVersion()).isEqualTo("flink.apache.org/v1beta1");
    assertThat(session.getSpec().getJob()).as("a session cluster has no job").isNull();
    FlinkSessionJob job = manifest(text("kubernetes/flinksessionjob.yaml"), FlinkSessionJob.class);
    assertThat(job.getSpec().getDeploymentName()).isEqualTo(session.getMetadata().getName());
    assertThat(job.getSpec().getJob().getArgs()).startsWith("run", "--config");
    assertThat(job.getSpec().getJob().getEntryClass())
        .isEqualTo(io.traffical.pipeline.cli.Main.class.getName());
  }

  @Test
  void theApplicationIsWhatTheOperatorReads() throws Exception {
    FlinkDeployment application =
        manifest(flink("kubernetes/flinkdeployment-application.yaml"), FlinkDeployment.class);

    assertThat(application.getSpec().getJob().getJarURI()).isEqualTo("local://" + JAR);
    assertThat(application.getSpec().getPodTemplate().getSpec().getContainers())
        .singleElement()
        .satisfies(
            container -> {
              assertThat(container.getName()).isEqualTo("flink-main-container");
              assertThat(container.getVolumeMounts()).hasSize(1);
            });
  }

  @Test
  void theCronJobIsWhatKubernetesReads() throws Exception {
    CronJob cron = manifest(text("kubernetes/cronjob.yaml"), CronJob.class);

    assertThat(cron.getSpec().getSchedule()).isEqualTo("10 * * * *");
    assertThat(cron.getSpec().getConcurrencyPolicy()).isEqualTo("Forbid");
    var pod = cron.getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
    assertThat(pod.getRestartPolicy()).isEqualTo("Never");
    assertThat(pod.getContainers()).hasSize(1);
    assertThat(pod.getContainers().get(0).getCommand()).containsExactly("traffical");
    assertThat(pod.getContainers().get(0).getArgs())
        .containsExactly("run", "--config", "/definitions/traffical.yaml");
    assertThat(pod.getVolumes()).hasSameSizeAs(pod.getContainers().get(0).getVolumeMounts());
  }

  @Test
  void theFollowerSubmitsToTheSessionCluster() throws Exception {
    Deployment follow = manifest(text("kubernetes/follow.yaml"), Deployment.class);
    FlinkDeployment session =
        manifest(flink("kubernetes/flinkdeployment-session.yaml"), FlinkDeployment.class);

    var pod = follow.getSpec().getTemplate();
    assertThat(follow.getSpec().getSelector().getMatchLabels())
        .isEqualTo(pod.getMetadata().getLabels());
    assertThat(follow.getSpec().getStrategy().getType()).isEqualTo("Recreate");
    assertThat(pod.getSpec().getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(10);
    assertThat(pod.getSpec().getContainers().get(0).getArgs())
        .containsExactly(
            "flink",
            "run",
            "--jobmanager",
            session.getMetadata().getName() + "-rest:8081",
            "--parallelism",
            "2",
            JAR,
            "run",
            "--follow",
            "--config",
            "/definitions/traffical.yaml");
  }

  @ParameterizedTest
  @ValueSource(strings = {"  schedule:", "      backoffLimit:", "              image:"})
  void anUnknownFieldOfTheCronJobFails(String place) throws Exception {
    String broken = text("kubernetes/cronjob.yaml").replace(place, place.replace(":", "s:"));

    assertThatThrownBy(() -> manifest(broken, CronJob.class))
        .hasMessageContaining("Unrecognized field \"" + place.strip().replace(":", "s\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"  serviceAccount:", "    replicas:", "  flinkConfiguration:"})
  void anUnknownFieldOfTheSessionClusterFails(String place) throws Exception {
    String broken =
        flink("kubernetes/flinkdeployment-session.yaml").replace(place, place.replace(":", "s:"));
    assertThatThrownBy(() -> manifest(broken, FlinkDeployment.class))
        .hasMessageContaining("Unrecognized field \"" + place.strip().replace(":", "s\""));
  }

  @Test
  void theComposeFileHasFourServicesThatFitTogether() throws Exception {
    Map<?, ?> compose = merged((Map<?, ?>) yaml(text("compose.yaml")));
    Map<?, ?> services = (Map<?, ?>) compose.get("services");

    assertThat(compose.keySet().stream().map(Object::toString))
        .containsExactlyInAnyOrder("name", "x-image", "x-flink", "services", "volumes");
    assertThat(services.keySet().stream().map(Object::toString))
        .containsExactly("postgres", "jobmanager", "taskmanager", "follow");
    Set<String> known =
        Set.of(
            "image",
            "build",
            "restart",
            "environment",
            "volumes",
            "healthcheck",
            "command",
            "ports",
            "depends_on",
            "stop_grace_period");
    for (Map.Entry<?, ?> entry : services.entrySet()) {
      Map<?, ?> service = merged((Map<?, ?>) entry.getValue());
      assertThat(service.keySet().stream().map(Object::toString)).isSubsetOf(known);
      if (service.get("depends_on") instanceof Map<?, ?> needed) {
        assertThat(services.keySet().containsAll(needed.keySet())).isTrue();
        for (Object other : needed.keySet()) {
          assertThat(((Map<?, ?>) services.get(other)).containsKey("healthcheck")).isTrue();
        }
      }
    }
    assertThat(((Map<?, ?>) services.get("follow")).get("command"))
        .isEqualTo(
            List.of(
                "flink",
                "run",
                "--jobmanager",
                "jobmanager:8081",
                "--parallelism",
                "2",
                JAR,
                "run",
                "--follow",
                "--config",
                "/definitions/traffical.yaml"));
  }

  /** What {@code <<} names is the map's own where it says nothing else. */
  private static Map<Object, Object> merged(Map<?, ?> map) {
    Map<Object, Object> all = new LinkedHashMap<>();
    if (map.get("<<") instanceof Map<?, ?> base) {
      all.putAll(merged(base));
    }
    map.forEach(
        (key, value) -> {
          if (!key.equals("<<")) {
            all.put(key, value);
          }
        });
    return all;
  }

  @Test
  void theImageHasWhatTheManifestsName() throws Exception {
    assertThat(text("Dockerfile"))
        .contains("\nFROM flink:2.3.0-java17\n", " " + JAR + "\n", " /usr/local/bin/traffical\n");
    assertThat(text("traffical")).contains(JAR, io.traffical.pipeline.cli.Main.class.getName());
    Matcher source = Pattern.compile("(?m)^COPY (\\S+) ").matcher(text("Dockerfile"));
    while (source.find()) {
      String path = source.group(1);
      assertThat(path.startsWith("target/") || Files.exists(Path.of(path))).as(path).isTrue();
    }
  }

  @Test
  void theRoleFileIsTheOneThatInitWrites() throws Exception {
    try (var init = io.traffical.pipeline.cli.Main.class.getResourceAsStream("role.sql")) {
      assertThat(text("role.sql"))
          .isEqualTo(new String(init.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void cronRunsOnceAnHourAfterTheDelay() throws Exception {
    assertThat(text("traffical.cron").lines().filter(line -> !line.startsWith("#")))
        .singleElement()
        .asString()
        .matches(
            "10 \\* \\* \\* \\*  traffical  \\S.* run --config /etc/traffical/traffical.yaml .*");
  }

  @Test
  void systemdAcceptsTheUnits() throws Exception {
    String verify = Programs.needed("systemd-analyze").toString();
    assertThat(units(verify, "")).isEmpty();
    assertThat(units(verify, "RestartSec")).contains("'RestartSecs'");
  }

  /** Returns what systemd says about the units, one of whose keys may be broken. */
  private String units(String verify, String broken) throws Exception {
    List<Path> units;
    try (Stream<Path> files = Files.list(DEPLOY.resolve("systemd"))) {
      units = files.sorted().toList();
    }
    assertThat(units).hasSize(3);
    ProcessBuilder builder = new ProcessBuilder(verify, "verify", "--man=no");
    for (Path unit : units) {
      String text = Files.readString(unit);
      if (!broken.isEmpty()) {
        text = text.replace(broken + "=", broken + "s=");
      }
      // The program is not where it will be.
      Path copy = directory.resolve(unit.getFileName().toString());
      Files.writeString(copy, text.replace("/opt/traffical/bin/traffical", "/bin/true"));
      builder.command().add(copy.toString());
    }
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return said.lines()
        .filter(line -> units.stream().anyMatch(u -> line.contains(u.getFileName().toString())))
        .reduce("", (a, b) -> a + b + "\n");
  }

  @Test
  void prometheusAcceptsTheAlertRules() throws Exception {
    Programs.run(
        DEPLOY, List.of(Programs.needed("promtool").toString(), "check", "rules", "alerts.yaml"));
  }

  @Test
  void alertRulesAreAboutMetricsThatThereAre() throws Exception {
    Set<String> metrics = new TreeSet<>();
    Matcher metric = Pattern.compile("flink_\\w+").matcher(text("alerts.yaml"));
    while (metric.find()) {
      metrics.add(metric.group());
    }
    String operator = "flink_taskmanager_job_task_operator_traffical_";
    assertThat(metrics)
        .containsExactly(
            operator + "definitionsFailed",
            operator + "kind_definition_rowsRejected",
            operator + "policy_watermarkLagSeconds",
            operator + "slicesRetried");
    Map<?, ?> alerts = (Map<?, ?>) yaml(text("alerts.yaml"));
    assertThat(alerts.keySet().stream().map(Object::toString)).containsExactly("groups");
  }

  @Test
  void nothingNamesARegistryOrAPasswordOfItsOwn() throws Exception {
    try (Stream<Path> files = Files.walk(DEPLOY)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file))
            .as("%s", file)
            .doesNotContainPattern("image: \\S+\\.\\S+/")
            .doesNotContainPattern("(?i)password[:=] *[a-z0-9]");
      }
    }
  }
}
