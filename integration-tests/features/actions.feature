Feature: Actions and events
  What reaches out to the world.

  Scenario: A command gets arguments, input and environment
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: command, version: '1.0.0' }
    do:
      - say:
          run:
            shell:
              command: printf '%s %s %s' "$1" "$NAME" "$(cat)"
              arguments: [ '${ .greeting }' ]
              environment: { NAME: '${ .name }' }
              stdin: today
    """
    And given the workflow input is:
    """yaml
    greeting: Hello
    name: Ada
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    Hello Ada today
    """

  Scenario: The exit code of a command is its output, not its fault
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: exit-code, version: '1.0.0' }
    do:
      - fail:
          run:
            shell: { command: exit 3 }
            return: code
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    3
    """

  Scenario: An emitted event is the output of its task
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: emit, version: '1.0.0' }
    do:
      - tell:
          emit:
            event:
              with:
                source: https://example.com/own
                type: com.example.own.told
                data: { about: '${ .topic }' }
    """
    And given the workflow input is:
    """yaml
    topic: rivers
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'id', 'time', 'specversion'
    And the workflow output should have a 'data.about' property with value:
    """yaml
    rivers
    """

  Scenario: A listener hears what the workflow itself has emitted
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: echo, version: '1.0.0' }
    do:
      - together:
          fork:
            branches:
              - ear:
                  listen:
                    to:
                      one: { with: { type: com.example.own.called } }
                  timeout: { after: { minutes: 1 } }
              - mouth:
                  emit:
                    event:
                      with:
                        source: https://example.com/own
                        type: com.example.own.called
                        data: { word: echo }
                  output: { as: .data }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - - word: echo
    - word: echo
    """

  Scenario: A listener gives up at its deadline
    Given a workflow with definition:
    """yaml
    document: { dsl: '1.0.3', namespace: own, name: silence, version: '1.0.0' }
    do:
      - ear:
          listen:
            to:
              one: { with: { type: com.example.own.silence } }
          timeout: { after: { milliseconds: 150 } }
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://open-workflow-specification.org/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/ear
    """
