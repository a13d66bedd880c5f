"""Headings of the input sheets in German, French and Spanish: a row per English heading.

A further language is one more entry in LANGUAGES and in each row, here and in ``words``. Names that are common beside
the first are divided by semicolons. tests/workbook/test_languages.py finds what is missing, and what would mean two
columns of one sheet.

Source  WORKBOOK "Other languages".
"""

LANGUAGES = ("German", "French", "Spanish")

HEADINGS: dict[str, tuple[str, str, str]] = {
    "Amount": ("Betrag", "Montant", "Importe"),
    "Account": ("Konto; Hauptkonto", "Compte", "Cuenta"),
    "Applies to": ("Gilt für", "S'applique à", "Se aplica a"),
    "Batch number": ("Chargennummer; Charge", "Numéro de lot", "Número de lote"),
    "Closing": ("Abschluss", "Clôture", "Cierre"),
    "Adjustment": ("Anpassung; Korrektur", "Ajustement", "Ajuste"),
    "Color": ("Farbe", "Couleur", "Color"),
    "Company": ("Unternehmen; Mandant", "Société", "Empresa"),
    "Configuration": ("Konfiguration", "Configuration", "Configuración"),
    "Cost price": ("Einstandspreis", "Prix de revient; Coût unitaire", "Precio de coste; Precio de costo"),
    "Cost share": ("Kostenanteil", "Part du coût", "Parte del coste; Parte del costo"),
    "Currency": ("Währung", "Devise", "Divisa; Moneda"),
    "Date": ("Datum", "Date", "Fecha"),
    "Dimension": ("Dimension", "Dimension", "Dimensión"),
    "Financial cost amount": (
        "Finanzieller Einstandsbetrag; Finanzieller Betrag; Wertmäßiger Betrag",
        "Montant du coût financier; Coût financier",
        "Importe de coste financiero; Coste financiero; Costo financiero",
    ),
    "Financial date": (
        "Finanzielles Datum; Finanzdatum; Wertmäßiges Datum", "Date financière", "Fecha financiera",
    ),
    "Financial inventory": ("Wertmäßiger Bestand; Finanzieller Bestand", "Stock financier", "Inventario financiero"),
    "Financial negative inventory": (
        "Negativer finanzieller Bestand", "Stock financier négatif", "Inventario financiero negativo",
    ),
    "Fixed receipt price": ("Fester Zugangspreis", "Prix de réception fixe", "Precio de recepción fijo"),
    "Include physical value": (
        "Physischen Wert einbeziehen", "Inclure la valeur physique", "Incluir valor físico",
    ),
    "Inventory account": ("Bestandskonto; Lagerkonto", "Compte de stock", "Cuenta de inventario"),
    "Inventory account name": (
        "Name des Bestandskontos; Bestandskontoname; Bezeichnung Bestandskonto",
        "Nom du compte de stock; Libellé du compte de stock",
        "Nombre de la cuenta de inventario",
    ),
    "Inventory model": ("Lagerbewertungsmodell; Bewertungsmethode", "Modèle de stock", "Modelo de inventario"),
    "Item group": ("Artikelgruppe", "Groupe d'articles", "Grupo de artículos"),
    "Item model group": (
        "Lagersteuerungsgruppe; Artikelmodellgruppe", "Groupe de modèles d'articles", "Grupo de modelos de artículo",
    ),
    "Item number": (
        "Artikelnummer; Artikel-Nr.; Artikelnr.; Artikel",
        "Numéro d'article; Code article; Article",
        "Código de artículo; Número de artículo; Artículo",
    ),
    "Item type": ("Artikelart; Artikeltyp", "Type d'article", "Tipo de artículo"),
    "Ledger dimension": ("Sachkontodimension", "Dimension comptable", "Dimensión contable"),
    "License plate": ("Ladungsträger; Lademittel", "Plaque d'identification", "Matrícula"),
    "Location": ("Lagerplatz; Stellplatz", "Emplacement", "Ubicación"),
    "Lot ID": ("Los-ID; Loskennung", "ID de lot", "ID de lote; Id. de lote"),
    "Marked quantity": ("Markierte Menge; Gekennzeichnete Menge", "Quantité marquée", "Cantidad marcada"),
    "Marked to": ("Markiert für; Gekennzeichnet für", "Marqué pour", "Marcado para"),
    "Means": ("Bedeutet; Bedeutung", "Signifie", "Significa"),
    "Name": ("Name; Bezeichnung", "Nom", "Nombre"),
    "New cost": ("Neuer Einstandsbetrag", "Nouveau coût", "Nuevo coste; Nuevo costo"),
    "New unit cost": ("Neuer Einstandspreis", "Nouveau coût unitaire", "Nuevo coste unitario; Nuevo costo unitario"),
    "Number": ("Nummer", "Numéro", "Número"),
    "Offset account": ("Gegenkonto", "Compte de contrepartie", "Cuenta de contrapartida; Contrapartida"),
    "Offset account name": (
        "Name des Gegenkontos; Gegenkontoname; Bezeichnung Gegenkonto",
        "Nom du compte de contrepartie; Libellé du compte de contrepartie",
        "Nombre de la cuenta de contrapartida",
    ),
    "Owner": ("Besitzer; Eigentümer", "Propriétaire", "Propietario"),
    "Physical cost amount": (
        "Physischer Einstandsbetrag; Physischer Betrag",
        "Montant du coût physique; Coût physique",
        "Importe de coste físico; Coste físico; Costo físico",
    ),
    "Physical date": ("Physisches Datum", "Date physique", "Fecha física"),
    "Physical negative inventory": (
        "Negativer physischer Bestand", "Stock physique négatif", "Inventario físico negativo",
    ),
    "Physical voucher": ("Physischer Beleg", "Pièce physique", "Asiento físico"),
    "Post financial inventory": (
        "Finanziellen Bestand buchen", "Valider le stock financier", "Registrar inventario financiero",
    ),
    "Post physical inventory": (
        "Physischen Bestand buchen", "Valider le stock physique", "Registrar inventario físico",
    ),
    "Prior adjustment": ("Frühere Anpassung", "Ajustement antérieur", "Ajuste anterior"),
    "Prior settled amount": (
        "Früher ausgeglichener Betrag", "Montant réglé antérieur", "Importe liquidado anterior",
    ),
    "Prior settled quantity": (
        "Früher ausgeglichene Menge", "Quantité réglée antérieure", "Cantidad liquidada anterior",
    ),
    "Product name": (
        "Produktname; Artikelname; Artikelbezeichnung; Bezeichnung",
        "Nom du produit; Désignation",
        "Nombre del producto; Descripción",
    ),
    "Production number": (
        "Produktionsnummer; Fertigungsauftrag", "Numéro de production; Ordre de fabrication",
        "Número de producción; Orden de producción",
    ),
    "Quantity": ("Menge", "Quantité", "Cantidad"),
    "Received from": ("Zugang ab", "Reçu du; Reçu à partir du", "Recibido desde"),
    "Received to": ("Zugang bis", "Reçu au; Reçu jusqu'au", "Recibido hasta"),
    "Reference": ("Referenz", "Référence", "Referencia"),
    "Return lot ID": (
        "Rückgabe-Los-ID; Retouren-Los-ID", "ID de lot de retour", "ID de lote de devolución",
    ),
    "Serial number": ("Seriennummer", "Numéro de série", "Número de serie"),
    "Site": ("Standort", "Site", "Sitio"),
    "Size": ("Größe", "Taille", "Tamaño"),
    "Spread by": ("Verteilen nach", "Répartir par", "Repartir por"),
    "Status": ("Status", "Statut", "Estado"),
    "Style": ("Stil", "Style", "Estilo"),
    "Text": ("Text", "Texte", "Texto"),
    "Transaction ID": (
        "Buchungs-ID; Transaktions-ID; Transaktionsnummer",
        "ID de transaction; Numéro de transaction",
        "ID de transacción; Id. de transacción; Número de transacción",
    ),
    "Transfer ID": (
        "Umlagerungs-ID; Umlagerungsnummer", "ID de transfert", "ID de transferencia; Id. de transferencia",
    ),
    "Unit": ("Einheit", "Unité", "Unidad"),
    "Value": ("Wert", "Valeur", "Valor"),
    "Voucher": ("Beleg; Buchungsbeleg", "Pièce; Pièce comptable", "Asiento"),
    "Warehouse": ("Lagerort; Lager", "Entrepôt", "Almacén"),
}  # fmt: skip
