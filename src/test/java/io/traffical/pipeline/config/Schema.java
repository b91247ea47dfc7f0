package io.traffical.pipeline.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** The JSON Schema that ships, applied to YAML as an editor does. */
final class Schema {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode document;
  private final JsonSchema schema;

  private Schema(JsonNode document, JsonSchema schema) {
    this.document = document;
    this.schema = schema;
  }

  /** Returns the schema of a definition file. */
  static Schema ofDefinitions() {
    JsonNode document = read();
    return new Schema(document, factory().getSchema(document));
  }

  /** Returns the schema of a file that a definition file includes. */
  static Schema ofIncluded() {
    JsonNode document = read();
    JsonNodePath place = new JsonNodePath(PathType.JSON_POINTER).append("$defs").append("included");
    return new Schema(document, factory().getSchema(document).getSubSchema(place));
  }

  private static JsonSchemaFactory factory() {
    return JsonSchemaFactory.getInstance(VersionFlag.V202012);
  }

  private static JsonNode read() {
    try (InputStream in = DefinitionReader.class.getResourceAsStream("traffical.schema.json")) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode document() {
    return document;
  }

  /** Returns what the schema finds wrong with a YAML text. JSON has no NaN: it stays text. */
  List<String> problems(String yaml) {
    LoadSettings settings =
        LoadSettings.builder().setSchema(new CoreSchema()).setAllowDuplicateKeys(true).build();
    JsonNode node =
        JSON.valueToTree(new Load(settings).loadFromString(yaml.replace(" .nan", " '.nan'")));
    return schema.validate(node).stream().map(ValidationMessage::getMessage).sorted().toList();
  }
}
