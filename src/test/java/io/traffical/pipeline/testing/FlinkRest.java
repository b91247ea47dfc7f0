package io.traffical.pipeline.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** A JobManager's REST API, as far as tests need it. */
public final class FlinkRest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI root;
  private final HttpClient client = HttpClient.newHttpClient();

  FlinkRest(int port) {
    this.root = URI.create("http://localhost:" + port);
  }

  /** Returns what a path has; nothing while nobody listens. */
  public Optional<JsonNode> get(String path) {
    try {
      return Optional.of(send(HttpRequest.newBuilder(root.resolve(path)).build()));
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /** Returns the number of slots that no job has. */
  public int freeSlots() {
    return get("/overview").map(overview -> overview.path("slots-available").asInt()).orElse(0);
  }

  /** Returns the id of the job that has not ended; nothing if there is none. */
  public Optional<String> runningJob() {
    return get("/jobs/overview").stream()
        .flatMap(jobs -> StreamSupport.stream(jobs.path("jobs").spliterator(), false))
        .filter(job -> job.path("end-time").asLong() < 0)
        .map(job -> job.path("jid").asText())
        .findFirst();
  }

  /** Returns how the job has ended that began last; nothing if there is none. */
  public Optional<String> newestJobState() {
    return get("/jobs/overview").stream()
        .flatMap(jobs -> StreamSupport.stream(jobs.path("jobs").spliterator(), false))
        .max(Comparator.comparingLong(job -> job.path("start-time").asLong()))
        .map(job -> job.path("state").asText());
  }

  /** Returns the TaskManager that runs a task of the running job whose name contains the text. */
  public Optional<String> taskManagerOf(String task) {
    String job = "/jobs/" + runningJob().orElseThrow();
    return get(job).stream()
        .flatMap(found -> StreamSupport.stream(found.path("vertices").spliterator(), false))
        .filter(vertex -> vertex.path("name").asText().contains(task))
        .flatMap(vertex -> get(job + "/vertices/" + vertex.path("id").asText()).stream())
        .flatMap(vertex -> StreamSupport.stream(vertex.path("subtasks").spliterator(), false))
        .filter(subtask -> subtask.path("status").asText().equals("RUNNING"))
        .map(subtask -> subtask.path("taskmanager-id").asText())
        .findFirst();
  }

  /** Asks for the end of the running job. */
  public void cancel() {
    URI job = root.resolve("/jobs/" + runningJob().orElseThrow() + "?mode=cancel");
    send(HttpRequest.newBuilder(job).method("PATCH", BodyPublishers.noBody()).build());
  }

  /** Uploads a jar and returns its id. */
  public String upload(Path jar) {
    try {
      String boundary = "---------traffical";
      String head =
          "--%s\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"%s\"\r\n"
                  .formatted(boundary, jar.getFileName())
              + "Content-Type: application/x-java-archive\r\n\r\n";
      JsonNode answer =
          send(
              HttpRequest.newBuilder(root.resolve("/jars/upload"))
                  .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                  .POST(
                      BodyPublishers.concat(
                          BodyPublishers.ofString(head),
                          BodyPublishers.ofByteArray(Files.readAllBytes(jar)),
                          BodyPublishers.ofString("\r\n--" + boundary + "--\r\n")))
                  .build());
      return Path.of(answer.path("filename").asText()).getFileName().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs an uploaded jar and returns the answer. */
  public JsonNode run(String jar, String... arguments) {
    String body =
        JSON.createObjectNode().set("programArgsList", JSON.valueToTree(arguments)).toString();
    return send(
        HttpRequest.newBuilder(root.resolve("/jars/" + jar + "/run"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private JsonNode send(HttpRequest request) {
    try {
      return JSON.readTree(
          client.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8)).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
