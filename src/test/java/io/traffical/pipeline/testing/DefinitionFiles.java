package io.traffical.pipeline.testing;

import io.traffical.pipeline.config.DefinitionReader;
import io.traffical.pipeline.definition.Definitions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Definition files written by tests and read as a user's are. */
public final class DefinitionFiles {
  private DefinitionFiles() {}

  /** Reads definitions from the text of a file. */
  public static Definitions read(String yaml) {
    return read(yaml, Map.of());
  }

  /** Reads definitions from the text of a file, with environment variables. */
  public static Definitions read(String yaml, Map<String, String> environment) {
    try {
      Path file = Files.createTempFile("traffical", ".yaml");
      try {
        Files.writeString(file, yaml);
        return DefinitionReader.read(file, environment);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the {@code connection} section for a test database, as its superuser. */
  public static String connection(TestDatabase database) {
    return """
        version: "1.0"
        connection:
          host: localhost
          port: %d
          database: %s
          username: postgres
          password: postgres
          sslMode: disable
        """
        .formatted(database.port(), database.name());
  }
}
