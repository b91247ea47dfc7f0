package io.traffical.pipeline.config;

import java.util.HashMap;
import java.util.Map;

/** Where each definition stands, over the file and all that it includes. */
final class Names {
  private final Map<String, Place> places = new HashMap<>();

  /** Reports a definition whose name another file has already given to one of its kind. */
  void define(Section definition) {
    Place place =
        new Place(definition.problems().file(), definition.line(), SqlReader.firstLine(definition));
    Place first = places.putIfAbsent(definition.title(), place);
    if (first != null) {
      definition
          .problems()
          .error(
              definition.line(),
              definition.title() + " is defined twice, first at " + first.text(),
              "rename one of them, or remove it");
    }
  }

  /** Returns where each definition was found first, by its title: {@code fact "orders"}. */
  Map<String, Place> places() {
    return Map.copyOf(places);
  }
}
