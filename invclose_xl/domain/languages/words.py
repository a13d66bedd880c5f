"""Words in the cells of the input sheets in German, French and Spanish: a row per English word, as in ``headings``.

A word that means two things (*Registrado*: posted, or registered at the warehouse) is in no row.

Source  WORKBOOK "Other languages".
"""

WORDS: dict[str, tuple[str, str, str]] = {
    # Yes or no
    "Yes": ("Ja; Wahr", "Oui; Vrai", "Sí; Si; Verdadero"),
    "No": ("Nein; Falsch", "Non; Faux", "No; Falso"),
    # Item type
    "Item": ("Artikel", "Article", "Artículo"),
    "Service": ("Dienstleistung", "Service; Prestation", "Servicio"),
    # Inventory model
    "FIFO": ("FIFO", "FIFO; PEPS", "FIFO; PEPS"),
    "LIFO": ("LIFO", "LIFO; DEPS", "LIFO; UEPS"),
    "LIFO date": ("LIFO Datum; LIFO-Datum", "LIFO date; Date LIFO", "LIFO fecha; Fecha LIFO"),
    "Weighted average": (
        "Gewichteter Durchschnitt", "Moyenne pondérée", "Promedio ponderado; Media ponderada",
    ),
    "Weighted average date": (
        "Gewichteter Durchschnitt Datum; Gewichteter Durchschnitt (Datum)",
        "Moyenne pondérée date; Date de moyenne pondérée",
        "Promedio ponderado fecha; Fecha de promedio ponderado",
    ),
    "Monthly average": ("Monatsdurchschnitt", "Moyenne mensuelle", "Promedio mensual; Media mensual"),
    "Standard cost": ("Standardkosten; Standardeinstandspreis", "Coût standard", "Coste estándar; Costo estándar"),
    "Moving average": (
        "Gleitender Durchschnitt", "Moyenne mobile", "Promedio móvil; Media móvil",
    ),
    # Reference
    "Purchase order": ("Bestellung", "Commande fournisseur; Commande d'achat", "Pedido de compra"),
    "Sales order": ("Auftrag; Verkaufsauftrag", "Commande client; Commande de vente", "Pedido de ventas"),
    "Transfer": ("Umlagerung", "Transfert", "Transferencia"),
    "Transfer order shipment": (
        "Umlagerungsauftrag Lieferung", "Expédition d'ordre de transfert", "Envío de pedido de transferencia",
    ),
    "Transfer order receive": (
        "Umlagerungsauftrag Eingang", "Réception d'ordre de transfert", "Recepción de pedido de transferencia",
    ),
    "Transfer order scrap": (
        "Umlagerungsauftrag Ausschuss", "Rebut d'ordre de transfert", "Desecho de pedido de transferencia",
    ),
    "Production": ("Produktion", "Production; Fabrication", "Producción"),
    "Production line": ("Produktionsposition", "Ligne de production", "Línea de producción"),
    "Co-product": ("Nebenprodukt; Kuppelprodukt", "Coproduit; Co-produit", "Coproducto"),
    "Return order": ("Rücklieferung; Retoure", "Commande de retour; Retour", "Pedido de devolución; Devolución"),
    "Counting": ("Inventur; Zählung", "Inventaire; Comptage", "Recuento"),
    "Movement": ("Bewegung; Lagerbewegung", "Mouvement", "Movimiento"),
    "Adjustment": ("Anpassung; Korrektur", "Ajustement", "Ajuste"),
    "Opening": ("Anfangsbestand; Eröffnung", "Ouverture; Stock initial", "Apertura; Inventario inicial"),
    "Project": ("Projekt", "Projet", "Proyecto"),
    "Fixed assets": ("Anlagen; Anlagevermögen", "Immobilisations", "Activos fijos"),
    "Quarantine order": ("Quarantäneauftrag", "Ordre de quarantaine", "Orden de cuarentena"),
    "Quality order": ("Qualitätsauftrag; Prüfauftrag", "Ordre de qualité", "Orden de calidad"),
    "Inventory blocking": ("Lagersperrung; Bestandssperre", "Blocage de stock", "Bloqueo de inventario"),
    "Rounding": ("Rundung", "Arrondi", "Redondeo"),
    # Status
    "Purchased": ("Eingekauft; Gekauft", "Acheté", "Comprado"),
    "Received": ("Erhalten; Eingegangen", "Reçu", "Recibido"),
    "Sold": ("Verkauft", "Vendu", "Vendido"),
    "Deducted": ("Abgezogen; Entnommen", "Déduit", "Deducido"),
    "Posted": ("Gebucht", "Validé; Comptabilisé", "Contabilizado"),
    "Registered": ("Registriert", "", ""),
    "Arrived": ("Angekommen", "Arrivé", "Llegado"),
    "Ordered": ("Bestellt", "Commandé", "Pedido"),
    "Picked": ("Kommissioniert", "Prélevé", "Seleccionado"),
    "Reserved": ("Reserviert", "Réservé", "Reservado"),
    "Quotation": ("Angebot", "Devis", "Oferta"),
    # Applies to, Spread by
    "Transaction": ("Buchung; Transaktion", "Transaction", "Transacción"),
    "On hand": ("Bestand", "Stock; En stock", "Existencias; En existencia"),
    "Value": ("Wert", "Valeur", "Valor"),
    "Quantity": ("Menge", "Quantité", "Cantidad"),
    "Equally": ("Gleichmäßig", "À parts égales; Également", "Por igual"),
    # Parameters and their choices
    "Close inventory up to": ("Lager abschließen bis", "Clôturer le stock jusqu'au", "Cerrar inventario hasta"),
    "Recalculate inventory up to": (
        "Lager neu berechnen bis", "Recalculer le stock jusqu'au", "Recalcular inventario hasta",
    ),
    "Specification": ("Aufschlüsselung", "Spécification", "Especificación"),
    "Total": ("Gesamt; Summe", "Total", "Total"),
    "Item group": ("Artikelgruppe", "Groupe d'articles", "Grupo de artículos"),
    "Item number": ("Artikelnummer", "Numéro d'article; Code article", "Código de artículo; Número de artículo"),
    "Minimum amount": ("Mindestbetrag", "Montant minimum", "Importe mínimo"),
    "Currency": ("Währung", "Devise", "Divisa; Moneda"),
    "Currency decimals": ("Währungsdezimalen", "Décimales de la devise", "Decimales de la divisa"),
    "LIFO issue order": ("LIFO Abgangsreihenfolge", "Ordre des sorties LIFO", "Orden de salidas LIFO"),
    "Newest first": ("Neueste zuerst", "Plus récentes d'abord", "Más recientes primero"),
    "Oldest first": ("Älteste zuerst", "Plus anciennes d'abord", "Más antiguas primero"),
    "Run recalculation after closing": (
        "Neuberechnung nach Abschluss", "Recalculer après la clôture", "Recalcular después del cierre",
    ),
    "Post estimated costs": (
        "Geschätzte Kosten buchen", "Valider les coûts estimés",
        "Registrar costes estimados; Registrar costos estimados",
    ),
    "Ledger closed up to": (
        "Hauptbuch geschlossen bis", "Comptabilité clôturée jusqu'au", "Contabilidad cerrada hasta",
    ),
    "Maximum deviation %": ("Maximale Abweichung %", "Écart maximum %", "Desviación máxima %"),
    "Minimum deviation amount": ("Mindestabweichung Betrag", "Montant minimum d'écart", "Importe mínimo de desviación"),
    "Ignore production": ("Produktion ignorieren", "Ignorer la production", "Ignorar producción"),
    "Decimal separator": ("Dezimaltrennzeichen", "Séparateur décimal", "Separador decimal"),
    "Date order": ("Datumsreihenfolge", "Ordre de la date", "Orden de fecha"),
    "Deviation base": ("Abweichungsbasis", "Base de l'écart", "Base de desviación"),
    "Item cost price": ("Einstandspreis des Artikels", "Prix de revient de l'article", "Precio de coste del artículo"),
    "Median": ("Median", "Médiane", "Mediana"),
    "Item cost price or median": (
        "Einstandspreis des Artikels oder Median", "Prix de revient de l'article ou médiane",
        "Precio de coste del artículo o mediana",
    ),
}  # fmt: skip
